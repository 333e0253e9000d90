namespace MLPlatform.Core.Lineage;

/// <summary>What a node of the lineage is.</summary>
public enum LineageKind
{
    /// <summary>A file outside the platform.</summary>
    SourceFile,

    /// <summary>An artifact, known by its content.</summary>
    Artifact,

    /// <summary>A version of a dataset.</summary>
    Dataset,

    /// <summary>An attempt of an activity.</summary>
    Attempt,

    /// <summary>A registered version of a model.</summary>
    Model,

    /// <summary>A job of another system, as it told in an OpenLineage event.</summary>
    Job,

    /// <summary>A dataset of another system, as it told.</summary>
    External,

    /// <summary>A column of an artifact or of a source file; <c>*</c> for whichever there are.</summary>
    Column,
}

/// <param name="Id">Unique in all lineage: <c>file:PATH</c>, <c>artifact:HASH</c>, <c>dataset:NAME@VERSION</c>, <c>attempt:ID</c>, <c>model:NAME@VERSION</c>, <c>job:NAMESPACE/NAME</c>, <c>external:NAMESPACE/NAME</c>, <c>column:HASH/NAME</c>, <c>column:file:PATH/NAME</c>.</param>
/// <param name="Name">What people call it.</param>
/// <param name="Detail">Its type, kind or pipeline.</param>
public sealed record LineageNode(string Id, LineageKind Kind, string Name, string? Detail = null)
{
    public static string File(string path) => "file:" + path;
    public static string Artifact(string hash) => "artifact:" + hash;
    public static string Dataset(string name, int version) => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"dataset:{name}@{version}");
    public static string Attempt(Runs.AttemptId id) => "attempt:" + id;
    public static string Model(string name, int version) => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"model:{name}@{version}");
    public static string Column(string hash, string column) => $"column:{hash}/{column}";
    public static string FileColumn(string path, string column) => $"column:file:{path}/{column}";
    public static string Job(string ns, string name) => $"job:{ns}/{name}";
    public static string External(string ns, string name) => $"external:{ns}/{name}";
}

/// <summary>Data went from one node to another.</summary>
/// <param name="As">The name of the input or output.</param>
/// <param name="Source">Which parts of a file, where the edge begins at one.</param>
public sealed record LineageEdge(string From, string To, string? As = null, SourceLineage? Source = null);

/// <summary>A part of the lineage. Edges go with the data: from what was read to what was made.</summary>
/// <param name="Complete">False where it was cut because it is too large.</param>
public sealed record LineageGraph(IReadOnlyList<LineageNode> Nodes, IReadOnlyList<LineageEdge> Edges, bool Complete);
