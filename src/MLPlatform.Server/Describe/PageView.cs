namespace MLPlatform.Server.Describe;

/// <summary>A part of a list.</summary>
/// <param name="Next">The <c>cursor</c> of the next part; absent at the end.</param>
public sealed record PageView<T>(IReadOnlyList<T> Items, string? Next);
