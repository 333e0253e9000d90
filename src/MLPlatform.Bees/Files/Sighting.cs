namespace MLPlatform.Bees.Files;

/// <summary>A file as one look around found it.</summary>
/// <param name="Wanted">Whether the source asks for it; others are seen because a known file may have been moved there.</param>
/// <param name="Unchanged">For how long nothing about it has changed.</param>
/// <param name="Compressed">Whether the content is what a compressed file unpacks to.</param>
/// <param name="Blocked">Whether it is there but cannot be read now, so that nothing can be said of its content.</param>
/// <param name="Stamp">Size and time of change of the file itself when it was seen.</param>
public sealed record Sighting(string Path, FileKey Key, IFileContent Content, bool Wanted, TimeSpan Unchanged, bool Compressed = false, bool Blocked = false,
    (long Size, DateTimeOffset ChangedAt) Stamp = default);
