namespace MLPlatform.Core.Activities;

/// <summary>Names an activity type, as pipeline files write it.</summary>
[AttributeUsage(AttributeTargets.Class, Inherited = false)]
public sealed class ActivityAttribute(string type) : Attribute
{
    /// <summary>The type name, for example <c>data.split</c>.</summary>
    public string Type { get; } = type;

    /// <summary>Raised whenever the same inputs may give other outputs; a part of the cache key. Default: 1.</summary>
    public int Version { get; set; } = 1;

    /// <summary>Whether equal inputs give equal outputs, so that an earlier result may be used. Default: true.</summary>
    public bool Cacheable { get; set; } = true;

    /// <summary>Whether outputs may depend on the memory that there is, so that a declared <c>resources.memory</c> is a part of the cache key. Default: false.</summary>
    public bool MemoryCounts { get; set; }

    /// <summary>
    /// For inline steps: changes nothing outside the run, so it may run before its own start is durable. Default: false.
    /// </summary>
    public bool RunsAhead { get; set; }

    /// <summary>Whether all attempts of a run find the same <see cref="ActivityContext.CheckpointFolder"/>. Default: false. Scripts ask with their command.</summary>
    public bool Checkpoints { get; set; }

    /// <summary>For inline steps: the record of its outputs, <see cref="NoOutputs"/> where it has none. Default: null, known only at run time.</summary>
    public Type? Outputs { get; set; }
}

/// <summary>The outputs of an activity that has none.</summary>
public sealed record NoOutputs;

/// <summary>
/// Marks a string (or list of strings) input that names files outside the artifact store: a path, a folder or a glob.
/// Their content, not their name, goes into the cache key.
/// </summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class ExternalFilesAttribute : Attribute;
