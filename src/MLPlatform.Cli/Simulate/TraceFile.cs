using System.Globalization;
using System.IO.Compression;

namespace MLPlatform.Cli.Simulate;

/// <summary>A trace as text, one record a line, plain or gzipped; columns by their names in the first line.</summary>
internal sealed class TraceFile
{
    private readonly string _path;
    private readonly Dictionary<string, int> _columns;
    private readonly List<(int Line, string[] Fields)> _rows = [];

    private TraceFile(string path, string[] header)
    {
        _path = path;
        _columns = header.Select((name, i) => (Name: name.Trim(), At: i)).GroupBy(c => c.Name, StringComparer.Ordinal).ToDictionary(g => g.Key, g => g.First().At, StringComparer.Ordinal);
    }

    public IEnumerable<Row> Rows => _rows.Select(r => new Row(this, r.Line, r.Fields));

    public bool Has(string column) => _columns.ContainsKey(column);

    public static TraceFile Open(string path)
    {
        List<string> lines = Lines(path);
        if (lines.Count == 0)
            throw CliException.Usage("SIM-002", $"'{path}' is empty.", "The first line names the columns.");
        TraceFile file = new(path, lines[0].Split(','));
        for (int i = 1; i < lines.Count; i++)
        {
            if (lines[i].Length > 0)
                file._rows.Add((i + 1, lines[i].Split(',')));
        }
        return file;
    }

    /// <summary>The lines of a file, unpacked where its name ends in <c>.gz</c>.</summary>
    public static List<string> Lines(string path)
    {
        try
        {
            using FileStream stream = File.OpenRead(path);
            using Stream plain = path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase) ? new GZipStream(stream, CompressionMode.Decompress) : stream;
            using StreamReader reader = new(plain);
            List<string> lines = [];
            while (reader.ReadLine() is { } line)
                lines.Add(line);
            return lines;
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException or InvalidDataException)
        {
            throw CliException.Usage("SIM-001", $"'{path}' cannot be read: {problem.Message}", "Name a trace that is there, as .csv or .csv.gz.");
        }
    }

    /// <summary>One record.</summary>
    public readonly record struct Row(TraceFile File, int Line, string[] Fields)
    {
        public string Text(string column) => File._columns.TryGetValue(column, out int at)
            ? at < Fields.Length ? Fields[at].Trim() : ""
            : throw CliException.Usage("SIM-002", $"'{File._path}' has no column '{column}'.", $"It has {string.Join(", ", File._columns.Keys)}.");

        public int Whole(string column) =>
            int.TryParse(Text(column), NumberStyles.None, CultureInfo.InvariantCulture, out int value) ? value : throw Bad(column, "a whole number from 0");

        public double Number(string column) =>
            double.TryParse(Text(column), NumberStyles.Float, CultureInfo.InvariantCulture, out double value) && double.IsFinite(value) && value >= 0 ? value : throw Bad(column, "a number from 0");

        public double Time(string column) =>
            DateTimeOffset.TryParse(Text(column), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset at) ? at.ToUnixTimeMilliseconds() / 1000.0 : throw Bad(column, "a date and time");

        private CliException Bad(string column, string wanted) =>
            CliException.Usage("SIM-003", $"'{File._path}', line {Line}: {column} is '{Print.Harmless(Text(column))}' and not {wanted}.");
    }
}
