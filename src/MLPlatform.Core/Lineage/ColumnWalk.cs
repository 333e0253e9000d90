using MLPlatform.Core.Datasets;
using MLPlatform.Core.Registry;
using MLPlatform.Core.Runs;

namespace MLPlatform.Core.Lineage;

/// <summary>
/// Walks the lineage of columns, level by level, in one direction. Where a step did not tell of its columns, each of its inputs
/// may be in each of its outputs: from there on the column is <see cref="Any"/>.
/// </summary>
/// <param name="rows">Whether columns that only decide which rows there are count too.</param>
public sealed class ColumnWalk(ILineageStore store, bool rows, int mostNodes = LineageWalk.MostNodes)
{
    /// <summary>Whichever columns there are.</summary>
    public const string Any = "*";

    /// <summary>How an edge is named where nobody told which columns were used.</summary>
    public const string Untold = "unknown";

    /// <summary>Makes versions by putting days together; each column stays itself.</summary>
    private const string Publishing = "dataset.publish";

    private readonly ColumnGraph _graph = new();
    private readonly HashSet<ColumnPlace> _seen = [];

    /// <summary>What columns were made of.</summary>
    public async Task<LineageGraph> UpAsync(IEnumerable<ColumnPlace> start, CancellationToken cancel)
    {
        HashSet<ColumnPlace> level = [.. start.Where(_seen.Add)];
        _graph.Add(level);
        while (level.Count > 0 && _graph.Count < mostNodes)
        {
            HashSet<ColumnPlace> next = [];
            ILookup<string, ColumnPlace> places = level.ToLookup(p => p.Hash);
            HashSet<string> hashes = [.. level.Select(p => p.Hash)];
            await AddVersionsAsync(places, hashes, older: true, next, cancel).ConfigureAwait(false);
            IReadOnlyList<ArtifactRow> made = await store.MadeAsync(hashes, cancel).ConfigureAwait(false);
            AttemptColumns told = await AttemptColumns.ReadAsync(store, [.. made.Select(Maker).Distinct()], cancel).ConfigureAwait(false);
            foreach (ArtifactRow row in made.Where(m => !told.PassesOn(Maker(m), m.Hash)))
            {
                foreach (ColumnPlace place in places[row.Hash])
                    Before(place, row, told, next);
            }
            level = [.. next.Where(_seen.Add)];
        }
        return await _graph.ToLineageAsync(store, level.Count == 0, cancel).ConfigureAwait(false);
    }

    /// <summary>What was made of columns, down to models.</summary>
    public async Task<LineageGraph> DownAsync(IEnumerable<ColumnPlace> start, CancellationToken cancel)
    {
        HashSet<ColumnPlace> level = [.. start.Where(_seen.Add)];
        _graph.Add(level);
        while (level.Count > 0 && _graph.Count < mostNodes)
        {
            HashSet<ColumnPlace> next = [];
            ILookup<string, ColumnPlace> places = level.ToLookup(p => p.Hash);
            HashSet<string> hashes = [.. level.Select(p => p.Hash)];
            await AddVersionsAsync(places, hashes, older: false, next, cancel).ConfigureAwait(false);
            foreach (ModelVersion model in await store.ModelsOfAsync(hashes, cancel).ConfigureAwait(false))
                _graph.AddModel(model, places[model.Artifact.Hash]);
            IReadOnlyList<ArtifactUseRow> used = await store.UsedAsync(hashes, cancel).ConfigureAwait(false);
            AttemptColumns told = await AttemptColumns.ReadAsync(store, [.. used.Select(u => new AttemptId(u.Run, u.Node, u.Number)).Distinct()], cancel).ConfigureAwait(false);
            foreach (ArtifactUseRow use in used)
            {
                foreach (ColumnPlace place in places[use.Hash])
                    After(place, use, told, next);
            }
            level = [.. next.Where(_seen.Add)];
        }
        return await _graph.ToLineageAsync(store, level.Count == 0, cancel).ConfigureAwait(false);
    }

    /// <summary>What was made of a field of a source file.</summary>
    public async Task<LineageGraph> DownFromFileAsync(IReadOnlyList<IndexedSource> sources, string field, CancellationToken cancel)
    {
        IReadOnlyList<ArtifactRow> documents = await store.MadeAsync([.. sources.Select(s => s.Document).Distinct()], cancel).ConfigureAwait(false);
        AttemptColumns told = await AttemptColumns.ReadAsync(store, [.. documents.Select(Maker).Distinct()], cancel).ConfigureAwait(false);
        List<ColumnPlace> start = [];
        foreach (ArtifactRow document in documents)
        {
            foreach (IndexedSource source in sources.Where(s => s.Document == document.Hash))
            {
                foreach (ArtifactRow table in told.OutputsOf(Maker(document)).Where(o => o.Output == source.Output))
                {
                    foreach (MadeColumn column in told.Of(Maker(document), table.Output)?.Columns.Where(c => c.From.Any(f => f.Input is null && f.Column == field)) ?? [])
                    {
                        ColumnPlace place = new(table.Hash, column.Name);
                        _graph.AddFile(source.Source.Path, field, place);
                        start.Add(place);
                    }
                }
            }
        }
        return await DownAsync(start, cancel).ConfigureAwait(false);
    }

    private void Before(ColumnPlace place, ArtifactRow row, AttemptColumns told, HashSet<ColumnPlace> next)
    {
        AttemptId maker = Maker(row);
        void Take(ColumnPlace from, string use)
        {
            _graph.Flow(from, place, use);
            next.Add(from);
        }
        if (told.Of(maker, row.Output) is not { } columns)
        {
            bool same = told.TypeOf(maker) == Publishing;
            foreach (ArtifactUseRow input in told.InputsOf(maker))
                Take(new ColumnPlace(input.Hash, same ? place.Column : Any), same ? nameof(ColumnUse.Identity) : Untold);
            return;
        }
        IEnumerable<ColumnSource> sources = columns.Columns.Where(c => place.Column is Any || c.Name == place.Column).SelectMany(c => c.From)
            .Concat(rows || columns.Columns.Count == 0 ? columns.Rows : []);
        foreach (ColumnSource source in sources)
        {
            if (source.Input is null)
            {
                foreach (IndexedSource file in told.FilesOf(maker, row.Output))
                    _graph.AddFile(file.Source.Path, source.Column, place);
            }
            foreach (ArtifactUseRow input in told.InputsOf(maker).Where(i => i.Input == source.Input))
                Take(new ColumnPlace(input.Hash, source.Column), source.Use.ToString());
        }
    }

    private void After(ColumnPlace place, ArtifactUseRow use, AttemptColumns told, HashSet<ColumnPlace> next)
    {
        AttemptId attempt = new(use.Run, use.Node, use.Number);
        void Give(ColumnPlace to, string how)
        {
            _graph.Flow(place, to, how);
            next.Add(to);
        }
        bool Uses(ColumnSource s) => s.Input == use.Input && (s.Column == place.Column || place.Column is Any);
        foreach (ArtifactRow row in told.OutputsOf(attempt).Where(o => o.Hash != use.Hash))
        {
            if (told.Of(attempt, row.Output) is { } columns)
            {
                foreach ((MadeColumn column, ColumnSource source) in columns.Columns.SelectMany(c => c.From.Where(Uses).Select(s => (c, s))))
                    Give(new ColumnPlace(row.Hash, column.Name), source.Use.ToString());
                foreach (ColumnSource source in rows || columns.Columns.Count == 0 ? columns.Rows.Where(Uses) : [])
                    Give(new ColumnPlace(row.Hash, Any), source.Use.ToString());
            }
            else if (told.TypeOf(attempt) == Publishing)
            {
                Give(new ColumnPlace(row.Hash, place.Column), nameof(ColumnUse.Identity));
            }
            else if (!told.Tells(attempt)) // Who tells of some outputs leaves reports and the like out.
            {
                Give(new ColumnPlace(row.Hash, Any), Untold);
            }
        }
    }

    private async Task AddVersionsAsync(ILookup<string, ColumnPlace> places, HashSet<string> hashes, bool older, HashSet<ColumnPlace> next, CancellationToken cancel)
    {
        IReadOnlyList<DatasetVersion> versions = await store.VersionsOfAsync(hashes, cancel).ConfigureAwait(false);
        foreach (DatasetVersion other in await store.NeighboursAsync(versions, older, cancel).ConfigureAwait(false))
        {
            foreach (DatasetVersion version in versions.Where(v => v.Dataset == other.Dataset && (older ? v.BaseVersion == other.Version : other.BaseVersion == v.Version)))
            {
                foreach (ColumnPlace place in places[version.Artifact.Hash])
                {
                    ColumnPlace there = new(other.Artifact.Hash, place.Column);
                    _graph.Flow(older ? there : place, older ? place : there, nameof(ColumnUse.Identity));
                    next.Add(there);
                }
            }
        }
    }

    private static AttemptId Maker(ArtifactRow row) => new(row.Run, row.Node, row.Number);
}

/// <summary>A column of an artifact.</summary>
public readonly record struct ColumnPlace(string Hash, string Column);
