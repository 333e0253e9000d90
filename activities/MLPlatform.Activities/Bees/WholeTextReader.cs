namespace MLPlatform.Activities.Bees;

/// <summary>
/// Reads records of plain text whole, as one field: of a file each line, of a registered source each record as it was
/// sent, line ends within it included. Empty ones are records too.
/// </summary>
internal sealed class WholeTextReader : RecordReader
{
    /// <summary>The field's name.</summary>
    public const string Column = "text";

    private readonly LandedStream? _landed;
    private long _skip;

    /// <param name="landed">Says where records end, where they are of a registered source.</param>
    public WholeTextReader(LineBuffer lines, LandedStream? landed)
        : base(lines)
    {
        _landed = landed;
        if (landed is null)
            lines.Open();
    }

    public override IReadOnlyList<string> Names { get; } = [Column];

    protected override bool TakesBlank => true;

    public override ReadOnlySpan<byte> Field(int index, out FieldKind kind)
    {
        kind = FieldKind.Quoted; // No text stands for a missing value.
        return Raw;
    }

    protected override bool Next() => _landed is null ? NextLine() : NextLanded(_landed);

    private bool NextLanded(LandedStream landed)
    {
        Lines.Skip(_skip);
        (_skip, Length) = (0, (0, 0));
        // What is known of a record is known before its first byte is read.
        if (Lines.Window.IsEmpty && !Lines.More())
            return false;
        long length = landed.EndAt(Lines.Offset) - Lines.Offset;
        bool whole = length <= Lines.LongestRecord;
        RawLength = (int)Math.Min(length, whole ? length : BadRecord.LongestText);
        while (Lines.Window.Length <= RawLength && Lines.More()) { }
        if (whole)
        {
            Length = ((int)length + 1, Raw.Count((byte)'\n') + 1);
            return true;
        }
        Problem = BadRecord.TooLong;
        RawLength = Math.Min(RawLength, Lines.Window.Length);
        _skip = length + 1;
        return true;
    }
}
