using System.Text;
using System.Text.RegularExpressions;

namespace MLPlatform.Server.Experiments.Mlflow;

/// <summary>What keys and values of one kind may be, as clients of the protocol know it.</summary>
internal sealed partial class MlflowName
{
    private readonly string _kind;
    private readonly int _longestValue;

    private MlflowName(string kind, int longestValue) => (_kind, _longestValue) = (kind, longestValue);

    public static MlflowName Metric { get; } = new("metric", 0);

    public static MlflowName Parameter { get; } = new("parameter", 6000);

    public static MlflowName Tag { get; } = new("tag", 8000);

    public string Check(string key)
    {
        if (Encoding.UTF8.GetByteCount(key) > 255 || !Allowed.IsMatch(key) || key.Split('/').Any(part => part is "." or "..") || key.StartsWith('/'))
            throw MlflowCall.Wrong($"'{Short(key)}' cannot name a {_kind}: use 1 to 255 bytes of letters, digits, and _ - . : / or spaces, and no path that leads upwards.");
        return key;
    }

    public string CheckValue(string value) => Encoding.UTF8.GetByteCount(value) <= _longestValue ? value
        : throw MlflowCall.Wrong($"The value of a {_kind} has {Encoding.UTF8.GetByteCount(value)} bytes; at most {_longestValue} are kept. Log long texts as files.");

    private static string Short(string text) => string.Concat(text.Take(80).Select(c => char.IsControl(c) ? '\u00b7' : c));

    [GeneratedRegex(@"^[/\w.\- :@]+\z")]
    private static partial Regex Allowed { get; }
}
