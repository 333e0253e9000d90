using System.Buffers.Text;
using System.Globalization;
using System.Text;
using MLPlatform.Activities.Tables;

namespace MLPlatform.Activities.Bees;

/// <summary>Reads typed values from UTF-8 text, independent of culture and time zone.</summary>
internal static class ValueParser
{
    private const NumberStyles Number = NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent;

    /// <summary>Appends the value to a column; false, with nothing appended, where the text is not of the column's type.</summary>
    /// <param name="formats">.NET formats of an instant, or <c>unix</c>, <c>unixMillis</c>, <c>unixMicros</c>; null for ISO 8601.</param>
    public static bool Append(RowBuffer rows, int column, ColumnType type, ReadOnlySpan<byte> text, IReadOnlyList<string>? formats)
    {
        switch (type)
        {
            case ColumnType.String:
                rows.Text(column, text);
                return true;
            case ColumnType.Int64 when TryInt64(text, out long whole):
                rows.Int64(column, whole);
                return true;
            case ColumnType.Double when TryDouble(text, out double number):
                rows.Double(column, number);
                return true;
            case ColumnType.Bool when TryBool(text, out bool flag):
                rows.Bool(column, flag);
                return true;
            case ColumnType.Timestamp when TryTimestamp(text, formats, out long micros):
                rows.Int64(column, micros);
                return true;
            default:
                return false;
        }
    }

    public static bool TryInt64(ReadOnlySpan<byte> text, out long value) =>
        Utf8Parser.TryParse(text, out value, out int used) && used == text.Length;

    /// <summary>A finite number; NaN and infinity are no data.</summary>
    public static bool TryDouble(ReadOnlySpan<byte> text, out double value) =>
        double.TryParse(text, Number, CultureInfo.InvariantCulture, out value) && double.IsFinite(value);

    public static bool TryBool(ReadOnlySpan<byte> text, out bool value)
    {
        value = text.SequenceEqual("1"u8) || Ascii.EqualsIgnoreCase(text, "true"u8);
        return value || text.SequenceEqual("0"u8) || Ascii.EqualsIgnoreCase(text, "false"u8);
    }

    /// <summary>Microseconds since 1970 in UTC. Text without an offset is taken to be UTC; digits finer than a microsecond are dropped.</summary>
    public static bool TryTimestamp(ReadOnlySpan<byte> text, IReadOnlyList<string>? formats, out long micros)
    {
        if (formats is null or { Count: 0 })
            return TryIso(text, out micros);
        foreach (string format in formats)
        {
            if (TryFormat(text, format, out micros))
                return true;
        }
        micros = 0;
        return false;
    }

    private static bool TryFormat(ReadOnlySpan<byte> text, string format, out long micros)
    {
        long scale = format switch { "unix" => 1_000_000, "unixMillis" => 1_000, "unixMicros" => 1, _ => 0 };
        micros = 0;
        if (format == "iso")
            return TryIso(text, out micros);
        if (scale > 0)
        {
            if (TryInt64(text, out long whole) && Math.Abs(whole) <= Last / scale)
                micros = whole * scale;
            else if (TryDouble(text, out double number) && Math.Abs(number) <= Last / (double)scale)
                micros = (long)Math.Floor(number * scale);
            else
                return false;
            return micros >= First && micros <= Last;
        }
        if (!DateTimeOffset.TryParseExact(Encoding.UTF8.GetString(text), format, CultureInfo.InvariantCulture,
                DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out DateTimeOffset at))
            return false;
        micros = (at.UtcTicks - DateTime.UnixEpoch.Ticks) / TimeSpan.TicksPerMicrosecond;
        return true;
    }

    private static readonly long First = (DateTime.MinValue.Ticks - DateTime.UnixEpoch.Ticks) / TimeSpan.TicksPerMicrosecond;
    private static readonly long Last = (DateTime.MaxValue.Ticks - DateTime.UnixEpoch.Ticks) / TimeSpan.TicksPerMicrosecond;

    /// <summary><c>2010-12-01</c>, <c>2010-12-01 08:26</c>, <c>2010-12-01T08:26:00.123456Z</c>, <c>…+08:00</c> and what lies between.</summary>
    public static bool TryIso(ReadOnlySpan<byte> text, out long micros)
    {
        micros = 0;
        if (text.Length < 10 || text[4] != '-' || text[7] != '-'
            || !Digits(text[..4], out int year) || !Digits(text[5..7], out int month) || !Digits(text[8..10], out int day)
            || year < 1 || month is < 1 or > 12 || day < 1 || day > DateTime.DaysInMonth(year, month))
            return false;
        long days = new DateTime(year, month, day, 0, 0, 0, DateTimeKind.Utc).Ticks / TimeSpan.TicksPerDay - DateTime.UnixEpoch.Ticks / TimeSpan.TicksPerDay;
        micros = days * 86_400_000_000;
        return text.Length == 10 || (text[10] is (byte)' ' or (byte)'T' or (byte)'t' && TryTime(text[11..], ref micros));
    }

    private static bool TryTime(ReadOnlySpan<byte> text, ref long micros)
    {
        if (text.Length < 5 || text[2] != ':' || !Digits(text[..2], out int hour) || !Digits(text[3..5], out int minute)
            || hour > 23 || minute > 59)
            return false;
        micros += (hour * 60L + minute) * 60_000_000;
        text = text[5..];
        if (text.Length >= 3 && text[0] == ':')
        {
            if (!Digits(text[1..3], out int second) || second > 59)
                return false;
            micros += second * 1_000_000L;
            text = text[3..];
            if (text.Length > 1 && text[0] is (byte)'.' or (byte)',')
            {
                int digits = 1;
                for (long unit = 100_000; digits < text.Length && char.IsAsciiDigit((char)text[digits]); unit /= 10)
                    micros += (text[digits++] - '0') * unit;
                if (digits == 1)
                    return false;
                text = text[digits..];
            }
        }
        return text.Length == 0 || TryOffset(text, ref micros);
    }

    private static bool TryOffset(ReadOnlySpan<byte> text, ref long micros)
    {
        if (text is [(byte)'Z' or (byte)'z'])
            return true;
        if (text.Length < 3 || text[0] is not ((byte)'+' or (byte)'-') || !Digits(text[1..3], out int hours))
            return false;
        ReadOnlySpan<byte> rest = text.Length > 3 && text[3] == ':' ? text[4..] : text[3..];
        int minutes = 0;
        if (rest.Length is not (0 or 2) || (rest.Length == 2 && !Digits(rest, out minutes)) || hours > 15 || minutes > 59)
            return false;
        long offset = (hours * 60L + minutes) * 60_000_000;
        micros -= text[0] == '-' ? -offset : offset;
        return micros >= First && micros <= Last;
    }

    private static bool Digits(ReadOnlySpan<byte> text, out int value)
    {
        value = 0;
        foreach (byte digit in text)
        {
            if (!char.IsAsciiDigit((char)digit))
                return false;
            value = value * 10 + digit - '0';
        }
        return true;
    }
}
