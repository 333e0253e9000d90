using System.Text.Json;
using MLPlatform.Core.Runs;

namespace MLPlatform.Engine.Binding;

/// <summary>A node's inputs with every expression evaluated.</summary>
/// <param name="Inputs">A JSON object.</param>
/// <param name="Cache">Its key and what the key is made of, or null where nothing is cached.</param>
internal sealed record BoundNode(JsonElement Inputs, CacheIdentity? Cache);

/// <param name="Key">SHA-256 over the components, hexadecimal.</param>
/// <param name="ComponentsJson">Type, version and the hash of each input's content.</param>
internal sealed record CacheIdentity(string Key, string ComponentsJson);

/// <summary>What binding a node gave.</summary>
internal abstract record BindResult
{
    private BindResult() { }

    public sealed record Ready(BoundNode Node, string? Note) : BindResult;

    public sealed record Skip : BindResult;

    public sealed record Expand(IReadOnlyList<JsonElement> Items) : BindResult;

    public sealed record Cached(JsonElement Outputs, string Source) : BindResult;

    public sealed record Failed(Failure Failure) : BindResult;

    /// <summary>Only in a preview: what it will be bound to is decided when it starts.</summary>
    public sealed record Open(string Why) : BindResult;
}
