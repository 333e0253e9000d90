using MLPlatform.Core.Runs;

namespace MLPlatform.Core.Lineage;

/// <summary>What some attempts read, made, and told of columns.</summary>
internal sealed class AttemptColumns
{
    private readonly ILookup<AttemptId, ArtifactRow> _outputs;
    private readonly ILookup<AttemptId, ArtifactUseRow> _inputs;
    private readonly ILookup<string, IndexedColumns> _columns;
    private readonly ILookup<string, IndexedSource> _files;
    private readonly HashSet<(RunId, int)> _readers;
    private readonly Dictionary<AttemptId, string> _types;

    private AttemptColumns(
        IEnumerable<ArtifactRow> outputs, IEnumerable<ArtifactUseRow> inputs, IEnumerable<IndexedColumns> columns, IEnumerable<IndexedSource> files,
        IEnumerable<DatasetRead> reads, IEnumerable<AttemptName> names)
    {
        _outputs = outputs.ToLookup(o => new AttemptId(o.Run, o.Node, o.Number));
        _inputs = inputs.ToLookup(i => new AttemptId(i.Run, i.Node, i.Number));
        (_columns, _files) = (columns.ToLookup(c => c.Document), files.ToLookup(f => f.Document));
        _readers = [.. reads.Select(r => (r.Run, r.Node))];
        _types = names.ToDictionary(n => n.Id, n => n.Type);
    }

    public static async Task<AttemptColumns> ReadAsync(ILineageStore store, IReadOnlyCollection<AttemptId> attempts, CancellationToken cancel)
    {
        IReadOnlyList<ArtifactRow> outputs = await store.OutputsOfAsync(attempts, cancel).ConfigureAwait(false);
        string[] documents = [.. outputs.Where(o => o.Kind == LineageDocument.Kind).Select(o => o.Hash).Distinct()];
        return new AttemptColumns(
            outputs, await store.InputsOfAsync(attempts, cancel).ConfigureAwait(false), await store.ColumnsOfAsync(documents, cancel).ConfigureAwait(false),
            await store.SourcesOfAsync(documents, cancel).ConfigureAwait(false), await store.ReadsByAsync(attempts, cancel).ConfigureAwait(false),
            await store.NamesAsync(attempts, cancel).ConfigureAwait(false));
    }

    public IEnumerable<ArtifactUseRow> InputsOf(AttemptId attempt) => _inputs[attempt];

    public IEnumerable<ArtifactRow> OutputsOf(AttemptId attempt) => _outputs[attempt].Where(o => o.Kind != LineageDocument.Kind);

    public string? TypeOf(AttemptId attempt) => _types.GetValueOrDefault(attempt);

    /// <summary>Whether the attempt only hands on what it got, such as dataset.read, and so is not where it comes from.</summary>
    public bool PassesOn(AttemptId attempt, string hash) => _readers.Contains((attempt.Run, attempt.Node)) || _inputs[attempt].Any(i => i.Hash == hash);

    /// <summary>What the attempt told of an output's columns; null for nothing.</summary>
    public ColumnLineage? Of(AttemptId attempt, string output) => Documents(attempt).SelectMany(d => _columns[d]).FirstOrDefault(c => c.Output == output)?.Columns;

    /// <summary>Whether the attempt told of the columns of any output.</summary>
    public bool Tells(AttemptId attempt) => Documents(attempt).Any(_columns.Contains);

    public IEnumerable<IndexedSource> FilesOf(AttemptId attempt, string output) => Documents(attempt).SelectMany(d => _files[d]).Where(f => f.Output == output);

    private IEnumerable<string> Documents(AttemptId attempt) => _outputs[attempt].Where(o => o.Kind == LineageDocument.Kind).Select(o => o.Hash);
}
