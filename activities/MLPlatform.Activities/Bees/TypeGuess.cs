using System.Text;
using MLPlatform.Activities.Tables;

namespace MLPlatform.Activities.Bees;

/// <summary>
/// Guesses a column's type from the values seen so far. The guess depends only on which values were seen, never on
/// their order: whole numbers widen to numbers, and any other mixture is text.
/// </summary>
internal sealed class TypeGuess
{
    private const long LargestExactInDouble = 1L << 53;

    private bool _text;
    private bool _whole;
    private bool _wide;
    private bool _number;
    private bool _flag;
    private bool _instant;

    public void See(ReadOnlySpan<byte> value, FieldKind kind, bool quotedIsText)
    {
        if (kind == FieldKind.Missing || _text)
            return;
        bool words = kind == FieldKind.Quoted && quotedIsText;
        if (!words && IsPlainNumber(value) && ValueParser.TryInt64(value, out long whole))
            (_whole, _wide) = (true, _wide || whole is > LargestExactInDouble or < -LargestExactInDouble);
        else if (!words && IsPlainNumber(value) && ValueParser.TryDouble(value, out _))
            _number = true;
        else if (!words && (Ascii.EqualsIgnoreCase(value, "true"u8) || Ascii.EqualsIgnoreCase(value, "false"u8)))
            _flag = true;
        else if (ValueParser.TryIso(value, out _))
            _instant = true;
        else
            _text = true;
    }

    /// <summary>The type of the values seen; text where there were none.</summary>
    public ColumnType Type => (_text, _whole || _number, _flag, _instant) switch
    {
        (false, true, false, false) => !_number ? ColumnType.Int64 : _wide ? ColumnType.String : ColumnType.Double,
        (false, false, true, false) => ColumnType.Bool,
        (false, false, false, true) => ColumnType.Timestamp,
        _ => ColumnType.String,
    };

    /// <summary>Whether the text is a number as JSON writes it: <c>007</c>, <c>+1</c>, <c>.5</c> and <c>1.</c> are codes, not numbers.</summary>
    private static bool IsPlainNumber(ReadOnlySpan<byte> text)
    {
        ReadOnlySpan<byte> digits = text.Length > 0 && text[0] == '-' ? text[1..] : text;
        if (digits.Length == 0 || !char.IsAsciiDigit((char)digits[0]) || !char.IsAsciiDigit((char)digits[^1]))
            return false;
        return digits[0] != '0' || digits.Length == 1 || digits[1] is (byte)'.' or (byte)'e' or (byte)'E';
    }
}
