namespace MLPlatform.Activities.Bees;

/// <summary>Why a record went to quarantine.</summary>
/// <param name="Reason">One word that counts can be grouped by.</param>
/// <param name="Detail">What a person reads.</param>
internal sealed record BadRecord(string Reason, string Detail)
{
    /// <summary>Bytes of a bad record that the quarantine keeps.</summary>
    public const int LongestText = 4096;

    public static readonly BadRecord Encoding = new("encoding", "the line is not valid UTF-8");
    public static readonly BadRecord Nul = new("nul", "the line contains a NUL byte");
    public static readonly BadRecord TooLong = new("tooLong", "the line is longer than maxLineBytes");
    public static readonly BadRecord OpenQuote = new("quoting", "a quoted field is not closed");
    public static readonly BadRecord TextAfterQuote = new("quoting", "text follows the closing quote of a field");

    public static BadRecord FieldCount(int found, int expected) =>
        new("fieldCount", $"{found} fields instead of {expected}");

    public static BadRecord Json(string why) => new("json", why);

    public static BadRecord UnknownField(string name) => new("unknownField", $"the field '{name}' is not a column of the table");

    public static BadRecord Type(string column, string type) => new("type", $"the value of '{column}' is not of type {type}");

    public static BadRecord Required(string column) => new("required", $"the value of '{column}' is missing");

    public static BadRecord NoEventTime(string column) => new("noEventTime", $"the event time '{column}' is missing");
}
