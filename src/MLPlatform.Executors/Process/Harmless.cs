using System.Text;
using MLPlatform.Core.Alarms;

namespace MLPlatform.Executors.Process;

/// <summary>
/// Makes what a program printed safe to show: colours go, NULs, escapes and other control characters become their visible pictures
/// (␀, ␛), bytes that are no UTF-8 become U+FFFD, and line ends become one newline.
/// </summary>
internal static class Harmless
{
    private const char Pictures = '\u2400';
    private const char DeletePicture = '\u2421';

    public static string Text(ReadOnlySpan<byte> bytes)
    {
        byte[] room = [];
        return Text(Encoding.UTF8.GetString(TerminalColours.Without(bytes, ref room)));
    }

    public static string Text(string text)
    {
        if (!NeedsCare(text))
            return text;
        var safe = new StringBuilder(text.Length);
        for (int i = 0; i < text.Length; i++)
        {
            char c = text[i];
            if (c == '\r')
            {
                // A bare return redraws a line on a terminal (progress bars); here each drawing is a line.
                if (i + 1 == text.Length || text[i + 1] != '\n')
                    safe.Append('\n');
            }
            else if (c < ' ' && c is not ('\n' or '\t'))
                safe.Append((char)(Pictures + c));
            else if (c == '\x7f')
                safe.Append(DeletePicture);
            else if (c is >= '\x80' and < '\xa0')
                safe.Append('\uFFFD');
            else
                safe.Append(c);
        }
        return safe.ToString();
    }

    private static bool NeedsCare(string text)
    {
        foreach (char c in text)
        {
            if ((c < ' ' && c is not ('\n' or '\t')) || (c >= '\x7f' && c < '\xa0'))
                return true;
        }
        return false;
    }
}
