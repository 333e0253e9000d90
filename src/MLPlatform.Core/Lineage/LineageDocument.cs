namespace MLPlatform.Core.Lineage;

/// <summary>
/// What an attempt tells about its outputs beyond the artifacts it read: it is stored as <c>lineage.json</c> in an output of
/// kind <see cref="Kind"/>. Any activity may write one.
/// </summary>
/// <param name="Outputs">By the name of the output.</param>
public sealed record LineageDocument(IReadOnlyDictionary<string, OutputLineage> Outputs)
{
    /// <summary>The kind of artifact that holds a document.</summary>
    public const string Kind = "lineage";

    /// <summary>The one file of such an artifact.</summary>
    public const string File = "lineage.json";
}

/// <param name="Sources">The files outside the platform whose records it holds.</param>
/// <param name="Columns">What its columns were made of; null where nobody knows.</param>
public sealed record OutputLineage(IReadOnlyList<SourceLineage> Sources, ColumnLineage? Columns = null);

/// <summary>One file, and which parts of it an output holds.</summary>
/// <param name="Path">The full path, or <c>sha256:…/name</c> for a file inside an artifact.</param>
/// <param name="Identity">What stays the same while the file grows or is renamed; null where nobody knows.</param>
/// <param name="Unit"><c>bytes</c> of the (decompressed) file, or <c>rows</c> of a Parquet file.</param>
/// <param name="Exact">False where there were too many gaps to write all of them down: then a range may cover records of others.</param>
/// <param name="Ranges">In order, without overlaps.</param>
public sealed record SourceLineage(string Path, string? Identity, string Unit, bool Exact, IReadOnlyList<SourceRange> Ranges)
{
    public long Records => Ranges.Sum(r => r.Records);
}

/// <summary>Records side by side in a file.</summary>
/// <param name="From">Where the first begins.</param>
/// <param name="To">Where what follows the last begins.</param>
public sealed record SourceRange(long From, long To, long Records);
