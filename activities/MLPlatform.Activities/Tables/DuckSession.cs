using System.Globalization;
using System.Text.RegularExpressions;
using DuckDB.NET.Data;
using DuckDB.NET.Native;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Artifacts;
using MLPlatform.Core.Runs;

namespace MLPlatform.Activities.Tables;

/// <summary>
/// A DuckDB database of one attempt: it keeps to the attempt's memory and cores, spills to its scratch folder, and
/// once sealed reaches no file but the tables attached to it.
/// </summary>
internal sealed partial class DuckSession : IDisposable
{
    private readonly DuckDBConnection _connection = new("DataSource=:memory:");
    private readonly IArtifactStore _artifacts;
    private readonly string _folder;
    private readonly Dictionary<string, string> _definitions = new(StringComparer.OrdinalIgnoreCase);
    private readonly HashSet<string> _attached = new(StringComparer.OrdinalIgnoreCase);
    private bool _shut;

    private DuckSession(IArtifactStore artifacts, string folder, long memory) => (_artifacts, _folder, MemoryLimit) = (artifacts, folder, memory);

    /// <summary>What DuckDB keeps to, in bytes; what is held beside it is to be measured by it.</summary>
    public long MemoryLimit { get; }

    public DuckDBConnection Connection => _connection;

    /// <summary>The session's own folder, which it may still read once sealed.</summary>
    public string Folder => _folder;

    // Half of what the runtime leaves of the attempt's memory: column buffers and DuckDB's own overhead need the rest.
    public static DuckSession Open(ActivityContext context) => Open(context.Artifacts, context.ScratchFolder,
        ((context.MemoryBytes ?? GC.GetGCMemoryInfo().TotalAvailableMemoryBytes) - RuntimeMemory) / 2, context.Cores);

    private const long RuntimeMemory = 64L << 20;

    /// <summary>DuckDB's buffers grow with its threads: with less for each of them a query runs out of memory although it spills.</summary>
    private const long MemoryPerThread = 128L << 20;

    private const long LeastMemory = 64L << 20;

    public static DuckSession Open(IArtifactStore artifacts, string scratchFolder, long memory, int cores)
    {
        string folder = Path.Combine(scratchFolder, "sql");
        Directory.CreateDirectory(Path.Combine(folder, "spill"));
        long limit = Math.Max(memory, LeastMemory);
        DuckSession session = new(artifacts, folder, limit);
        session._connection.Open();
        session.Execute(string.Create(CultureInfo.InvariantCulture, $"""
            SET memory_limit = '{limit}B';
            SET threads = {Math.Clamp(memory / MemoryPerThread, 1, Math.Max(1, cores))};
            SET temp_directory = {Quote(Path.Combine(folder, "spill"))};
            SET preserve_insertion_order = true;
            SET TimeZone = 'UTC';
            SET autoinstall_known_extensions = false;
            SET autoload_known_extensions = false;
            """));
        return session;
    }

    /// <summary>The query behind a view or table that a statement of ours made; null for others.</summary>
    public string? DefinitionOf(string relation) => _definitions.GetValueOrDefault(relation);

    /// <summary>Whether it is a table from outside.</summary>
    public bool IsAttached(string relation) => _attached.Contains(relation);

    /// <summary>Makes a table artifact readable as <paramref name="name"/>; a table by days has the column <c>day</c> too.</summary>
    /// <returns>The folder with the artifact's files.</returns>
    public async Task<string> AttachAsync(string name, ArtifactRef table, CancellationToken cancel)
    {
        ArtifactManifest manifest = await _artifacts.FindAsync(table.Hash, cancel)
            ?? throw DataErrors.Bad("DATA-022", $"The table '{name}' ({table.Hash}) is not in the artifact store. Run again the activity that made it.");
        List<string> parts = [.. manifest.Files.Select(f => f.Path).Where(p => p.EndsWith(".parquet", StringComparison.Ordinal))];
        if (parts.Count == 0)
            throw DataErrors.Bad("DATA-022", $"The input '{name}' is a {table.Kind}, not a table: it has no Parquet files.");
        string folder = Path.Combine(_folder, "tables", name);
        await _artifacts.LayOutAsync(table.Hash, folder, cancel);
        AttachFiles(name, [.. parts.Select(p => Path.Combine(folder, p))], parts[0].StartsWith(TableWriter.DayColumn + "=", StringComparison.Ordinal));
        return folder;
    }

    /// <summary>Makes Parquet files readable as <paramref name="name"/>.</summary>
    public void AttachFiles(string name, IReadOnlyList<string> files, bool byDay)
    {
        string list = string.Join(", ", files.Select(Quote));
        _attached.Add(name);
        string days = byDay ? "hive_partitioning = true, hive_types = {'day': DATE}" : "hive_partitioning = false";
        Execute($"CREATE VIEW {Name(name)} AS SELECT * FROM read_parquet([{list}], {days})");
    }

    /// <summary>Lets statements reach nothing but the attached tables and the spill folder, for good.</summary>
    public void Seal()
    {
        Shut();
        Execute("SET lock_configuration = true");
    }

    /// <summary>The first half of <see cref="Seal"/>: nothing outside can be reached any more, but settings can still be made.</summary>
    public void Shut()
    {
        if (_shut)
            return;
        Execute($"""
            SET allowed_directories = [{Quote(_folder + "/")}];
            SET enable_external_access = false;
            """);
        _shut = true;
    }

    /// <summary>Runs statements of our own that return nothing.</summary>
    public void Execute(string sql)
    {
        Remember(sql);
        using DuckDBCommand command = _connection.CreateCommand();
        command.CommandText = sql;
        try
        {
            command.ExecuteNonQuery();
        }
        catch (DuckDBException problem)
        {
            throw Explain(problem.Message, problem.ErrorType, problem);
        }
    }

    /// <summary>Runs one long statement of our own that returns nothing and can be cancelled.</summary>
    public void Run(string sql, CancellationToken cancel)
    {
        Remember(sql);
        using DuckQuery query = DuckQuery.Prepare(this, sql);
        query.Run(_ => _ => { }, cancel);
    }

    /// <summary>Runs a query of our own and hands over its columns chunk by chunk, with the number of rows in each.</summary>
    public void Read(string sql, Action<DuckVectors.Vector[], int> take, CancellationToken cancel)
    {
        using DuckQuery query = DuckQuery.Prepare(this, sql);
        query.Run(result =>
        {
            IReadOnlyList<TableColumn> columns = DuckVectors.Columns(ref result.Value);
            return chunk => take(DuckVectors.Vectors(chunk, columns), DuckVectors.Rows(chunk));
        }, cancel);
    }

    /// <summary>Runs a query of our own that returns one row of whole numbers.</summary>
    public long[] Counts(string sql) => Read(sql, row => Enumerable.Range(0, row.FieldCount)
        .Select(i => row.IsDBNull(i) ? 0 : Convert.ToInt64(row.GetValue(i), CultureInfo.InvariantCulture)).ToArray())[0];

    public long Count(string sql) => Counts(sql)[0];

    /// <summary>The columns of an attached table or view: names and DuckDB's types.</summary>
    public IReadOnlyList<(string Name, string Type)> Columns(string relation) => ColumnsOf($"SELECT * FROM {Name(relation)}");

    /// <summary>The columns that a query would return: names and DuckDB's types.</summary>
    public IReadOnlyList<(string Name, string Type)> ColumnsOf(string query) =>
        Read($"SELECT column_name, column_type FROM (DESCRIBE {query})", row => (row.GetString(0), row.GetString(1)));

    /// <summary>Runs a query of our own whose result is small, and takes something from each row.</summary>
    public List<T> Read<T>(string sql, Func<DuckDBDataReader, T> take)
    {
        using DuckDBCommand command = _connection.CreateCommand();
        command.CommandText = sql;
        try
        {
            using DuckDBDataReader rows = command.ExecuteReader();
            List<T> taken = [];
            while (rows.Read())
                taken.Add(take(rows));
            return taken;
        }
        catch (DuckDBException problem)
        {
            throw Explain(problem.Message, problem.ErrorType, problem);
        }
    }

    /// <summary>Writes the rows of a query of our own as a table in a folder.</summary>
    public TableWriter Write(string sql, string folder, CancellationToken cancel)
    {
        using DuckQuery query = DuckQuery.Prepare(this, sql);
        return query.WriteTo(folder, cancel);
    }

    private void Remember(string sql)
    {
        if (Creation.Match(sql) is { Success: true } made)
            _definitions[made.Groups["name"].Value.Trim('"').Replace("\"\"", "\"")] = made.Groups["query"].Value;
    }

    [GeneratedRegex("""^\s*CREATE (TEMP )?(VIEW|TABLE) (?<name>"([^"]|"")+"|\w+) AS (?<query>.+)$""", RegexOptions.Singleline)]
    private static partial Regex Creation { get; }

    public static ActivityException Explain(string message, DuckDBErrorType type, Exception? inner = null)
    {
        // DuckDB's advice is about settings that nobody here can change.
        string plain = WithoutOurColumns(message.Split("\nPossible solutions")[0].Split("\nThis limit was set")[0].Trim());
        if (plain.Contains("No space left", StringComparison.OrdinalIgnoreCase)
            || message.Contains("max_temp_directory_size", StringComparison.Ordinal))
            return DataErrors.DiskFull(inner ?? new IOException(plain));
        return type switch
        {
            DuckDBErrorType.OutOfMemory => new ActivityException("DATA-025",
                $"The query needs more memory than the attempt has, although it spills to disk. Declare more resources.memory. {plain}", FailureKind.Resource, inner),
            _ => DataErrors.Bad("DATA-021", Refused + plain, inner),
        };
    }

    /// <summary>Why DuckDB refused a query of our own: its words without the query, which nobody wrote.</summary>
    public static string Reason(ActivityException refused) => refused.Message.Replace(Refused, "", StringComparison.Ordinal).Split("\n\nLINE ")[0].Trim();

    private const string Refused = "DuckDB refused the query: ";

    // Among the columns that DuckDB proposes for a misspelt one may be those that our own queries add.
    private static string WithoutOurColumns(string message)
    {
        string kept = OurColumn.Replace(message, "");
        return ReferenceEquals(kept, message) ? message : NoCandidates.Replace(LastComma.Replace(kept, ""), "");
    }

    [GeneratedRegex("(?<=^Candidate bindings: .*)\"([^\",]*\\.)?_mlp_[^\"]*\"(, )?", RegexOptions.Multiline)]
    private static partial Regex OurColumn { get; }

    [GeneratedRegex("(?<=^Candidate bindings: .*), *$", RegexOptions.Multiline)]
    private static partial Regex LastComma { get; }

    [GeneratedRegex("^Candidate bindings: *$\n?", RegexOptions.Multiline)]
    private static partial Regex NoCandidates { get; }

    /// <summary>DuckDB's name of a column type.</summary>
    public static string TypeName(ColumnType type) => type switch
    {
        ColumnType.String => "VARCHAR",
        ColumnType.Int64 => "BIGINT",
        ColumnType.Double => "DOUBLE",
        ColumnType.Bool => "BOOLEAN",
        ColumnType.Timestamp => "TIMESTAMP",
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, "no such column type"),
    };

    /// <summary>A name as an SQL identifier.</summary>
    public static string Name(string name) => '"' + name.Replace("\"", "\"\"") + '"';

    /// <summary>A text as an SQL literal.</summary>
    public static string Quote(string text) => '\'' + text.Replace("'", "''") + '\'';

    public void Dispose() => _connection.Dispose();
}
