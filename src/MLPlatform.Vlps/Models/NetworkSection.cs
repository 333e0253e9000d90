using System.Text.Json;
using System.Text.Json.Serialization;

namespace MLPlatform.Vlps.Models;

/// <summary>What <c>model.json</c> says of a declared model: the declaration, and its files with the checksums that tell them from any others.</summary>
/// <param name="Declaration">The model as it was declared.</param>
/// <param name="Dense">XXH3-64 of the file of dense weights, in hexadecimal.</param>
/// <param name="Tables">Files of rows, one for each table.</param>
public sealed record NetworkSection(JsonElement Declaration, string Dense, IReadOnlyList<NetworkTable> Tables)
{
    /// <summary>XXH3-64 of the dense part as ONNX, in hexadecimal; null in folders of versions that did not write it.</summary>
    public string? Onnx { get; init; }

    /// <summary>Steps that were taken, those of the models before included: the stamp of the newest rows.</summary>
    public uint Step { get; init; }

    /// <summary>The steps at which the trainings before ended that this one went on from, oldest first; only the last ones of many.</summary>
    public IReadOnlyList<uint> Ends { get; init; } = [];

    /// <summary>The same for a model that goes on from this one.</summary>
    [JsonIgnore]
    internal IReadOnlyList<uint> EndsWithIt => [.. Ends.TakeLast(Training.RowEviction.MostTrainings - 1), Step];

    /// <summary>The files to go on training with; null where they were left out.</summary>
    public NetworkState? State { get; init; }

    /// <summary>What changed against the model that this one went on from; null where it began anew.</summary>
    public NetworkDelta? Delta { get; init; }

    /// <summary>Rows that changed against the model that this one went on from; null where it began anew.</summary>
    [JsonIgnore]
    public long? ChangedRows => Delta?.Files.Sum(f => f.Rows);

    /// <summary>Rows of that model that this one dropped; null where it began anew.</summary>
    [JsonIgnore]
    public long? EvictedRows => Delta?.Files.Sum(f => f.Gone);

    /// <summary>Names of all files of weights.</summary>
    [JsonIgnore]
    public IEnumerable<string> Files =>
        [Networks.DenseFile.Name, .. Onnx is null ? Array.Empty<string>() : [Networks.DenseGraph.FileName], .. Tables.Select(t => t.File),
            .. State is { } state ? [state.Dense, .. state.Tables] : Array.Empty<string>(), .. Delta?.Files.Select(f => f.File) ?? []];

    /// <summary>Whether a delta of this model goes on from another one.</summary>
    public bool Continues(NetworkSection other) =>
        Delta is { } delta && delta.Dense == other.Dense && delta.Headers.SequenceEqual(other.Tables.Select(t => t.Header));
}

/// <param name="File">The keyed file.</param>
/// <param name="Header">XXH3-64 of its header, which holds the checksums of the rest.</param>
/// <param name="Rows">Ids that have a row.</param>
public sealed record NetworkTable(string File, string Header, long Rows);

/// <param name="Dense">The file of dense weights with the optimizer's state.</param>
/// <param name="Tables">Of each table the full checkpoint: rows with their state, and counts of ids that have none yet.</param>
public sealed record NetworkState(string Dense, IReadOnlyList<string> Tables);

/// <param name="Dense">The checksum of the dense weights of the model before.</param>
/// <param name="Headers">The headers of its tables.</param>
/// <param name="Files">Of each table the rows that changed.</param>
public sealed record NetworkDelta(string Dense, IReadOnlyList<string> Headers, IReadOnlyList<NetworkDeltaFile> Files);

/// <param name="File">The delta of the keyed file.</param>
/// <param name="Rows">Rows that changed.</param>
public sealed record NetworkDeltaFile(string File, long Rows)
{
    /// <summary>Rows that went.</summary>
    public long Gone { get; init; }
}
