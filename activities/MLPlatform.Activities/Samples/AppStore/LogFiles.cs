using System.Globalization;
using System.Text;

namespace MLPlatform.Activities.Samples.AppStore;

/// <summary>
/// One log of the store: a file of JSON lines for each day, in the order of arrival, with the faults that real logs have.
/// </summary>
internal sealed class LogFiles(string folder, AppStoreSettings settings, SeededRandom random, LogTruth truth)
{
    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false);

    private readonly SortedDictionary<DateOnly, List<(DateTime Arrival, string Line)>> _open = [];

    /// <summary>Writes one event, or what is left of it.</summary>
    /// <param name="fields">The event as JSON text, name and value; those in <paramref name="needed"/> may go missing.</param>
    /// <param name="needed">Fields without which the event is worthless.</param>
    /// <param name="typed">A field whose value may have a wrong type.</param>
    /// <returns>Whether the event can be read back, once or twice.</returns>
    public bool Write(DateTime time, (string Name, string Value)[] fields, string[] needed, string typed)
    {
        double fate = random.NextDouble();
        if ((fate -= settings.BrokenRate) < 0)
        {
            truth.Broken++;
            Deliver(time, Break(Json(fields)));
            return false;
        }
        if ((fate -= settings.WrongTypeRate) < 0)
        {
            truth.WrongType++;
            Deliver(time, Json(fields.Select(f => f.Name == typed ? (f.Name, "\"unknown\"") : f)));
            return false;
        }
        if ((fate -= settings.MissingFieldRate) < 0)
        {
            truth.MissingField++;
            string lost = needed[random.Next(needed.Length)];
            Deliver(time, Json(fields.Where(f => f.Name != lost)));
            return false;
        }
        truth.Sound++;
        string line = Json(fields);
        Deliver(time, line);
        if (random.Chance(settings.DuplicateRate))
        {
            truth.Duplicates++;
            Deliver(time.AddSeconds(1 + random.Next(7200)), line);
        }
        return true;
    }

    /// <summary>Writes the files of all days up to <paramref name="day"/>, for which nothing more can arrive.</summary>
    public async Task CloseAsync(DateOnly day, CancellationToken cancel)
    {
        Directory.CreateDirectory(folder);
        foreach (DateOnly done in _open.Keys.TakeWhile(open => open <= day).ToList())
        {
            string file = Path.Combine(folder, done.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture) + ".jsonl");
            StreamWriter writer = new(file, append: false, Utf8) { NewLine = "\n" };
            await using (writer.ConfigureAwait(false))
            {
                foreach ((_, string line) in _open[done].OrderBy(delivered => delivered.Arrival)) // stable: equal times keep their order
                    await writer.WriteLineAsync(line.AsMemory(), cancel);
            }
            _open.Remove(done);
        }
    }

    private void Deliver(DateTime time, string line)
    {
        truth.Lines++;
        if (random.Chance(settings.LateRate))
        {
            truth.Late++;
            time = time.AddDays(1);
        }
        DateOnly day = DateOnly.FromDateTime(time);
        if (!_open.TryGetValue(day, out List<(DateTime, string)>? lines))
            _open[day] = lines = [];
        lines.Add((time, line));
    }

    private string Break(string line) => random.Next(3) switch
    {
        0 => line[..(1 + random.Next(line.Length - 2))],
        1 => "<html><body>502 Bad Gateway</body></html>",
        _ => "\0\0\0\0" + line,
    };

    private static string Json(IEnumerable<(string Name, string Value)> fields) =>
        "{" + string.Join(',', fields.Select(f => $"\"{f.Name}\":{f.Value}")) + "}";
}
