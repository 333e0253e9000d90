using System.Globalization;
using System.Text;

namespace MLPlatform.Core.Code;

/// <summary>How two texts differ, by lines, in the unified form that every reviewer knows.</summary>
public static class LineDiff
{
    private const int Context = 3;

    // Longer texts that differ much are told as replaced whole: the table below would not fit in memory.
    private const long LargestTable = 16_000_000;

    /// <summary>The hunks of a unified diff; empty where the texts are equal.</summary>
    public static string Unified(string old, string now)
    {
        string[] before = Lines(old), after = Lines(now);
        List<(char Sign, string Line)> script = Script(before, after);
        StringBuilder text = new();
        for (int at = 0; at < script.Count;)
        {
            int first = script.FindIndex(at, s => s.Sign != ' ');
            if (first < 0)
                break;
            // 1. From some lines before the first change to where a long equal stretch begins.
            int begin = Math.Max(at, first - Context), end = first;
            for (int i = first; i < script.Count && i - end <= 2 * Context; i++)
                end = script[i].Sign != ' ' ? i : end;
            int stop = Math.Min(script.Count, end + 1 + Context);
            // 2. Where that is in both texts.
            int oldAt = script.Take(begin).Count(s => s.Sign != '+'), newAt = script.Take(begin).Count(s => s.Sign != '-');
            List<(char Sign, string Line)> hunk = script[begin..stop];
            int oldCount = hunk.Count(s => s.Sign != '+'), newCount = hunk.Count(s => s.Sign != '-');
            text.Append(CultureInfo.InvariantCulture, $"@@ -{Start(oldAt, oldCount)},{oldCount} +{Start(newAt, newCount)},{newCount} @@\n");
            foreach ((char sign, string line) in hunk)
                text.Append(sign).Append(line).Append('\n');
            at = stop;
        }
        return text.ToString();
    }

    private static int Start(int lines, int count) => count == 0 ? lines : lines + 1;

    private static string[] Lines(string text) => text.Length == 0 ? [] : (text.EndsWith('\n') ? text[..^1] : text + "\n\\ no newline at the end").Split('\n');

    private static List<(char, string)> Script(string[] old, string[] now)
    {
        int head = 0, tail = 0;
        while (head < old.Length && head < now.Length && old[head] == now[head])
            head++;
        while (tail < old.Length - head && tail < now.Length - head && old[^(tail + 1)] == now[^(tail + 1)])
            tail++;
        List<(char, string)> script = [.. old[..head].Select(l => (' ', l))];
        script.AddRange(Middle(old[head..^tail], now[head..^tail]));
        script.AddRange(old[^tail..].Select(l => (' ', l)));
        return script;
    }

    private static List<(char, string)> Middle(string[] old, string[] now)
    {
        if ((long)(old.Length + 1) * (now.Length + 1) > LargestTable)
            return [.. old.Select(l => ('-', l)), .. now.Select(l => ('+', l))];
        // common[i, j]: how many lines the rests from i and j have in common, in order.
        int[,] common = new int[old.Length + 1, now.Length + 1];
        for (int i = old.Length - 1; i >= 0; i--)
        {
            for (int j = now.Length - 1; j >= 0; j--)
                common[i, j] = old[i] == now[j] ? common[i + 1, j + 1] + 1 : Math.Max(common[i + 1, j], common[i, j + 1]);
        }
        List<(char, string)> script = [];
        int a = 0, b = 0;
        while (a < old.Length || b < now.Length)
        {
            if (a < old.Length && b < now.Length && old[a] == now[b])
            {
                script.Add((' ', old[a++]));
                b++;
            }
            else if (b == now.Length || (a < old.Length && common[a + 1, b] >= common[a, b + 1]))
                script.Add(('-', old[a++]));
            else
                script.Add(('+', now[b++]));
        }
        return script;
    }
}
