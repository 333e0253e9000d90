namespace MLPlatform.Core.Plans;

/// <summary>Where code stands in version control, as it was when the run was planned.</summary>
/// <param name="Url">The repository it was cloned from, without credentials; null for one that is nowhere else.</param>
/// <param name="Path">The folder or file inside the repository; empty for its root.</param>
/// <param name="Commit">The commit that was checked out; files may have been changed since.</param>
/// <param name="Branch">Null where none was checked out.</param>
public sealed record CodeLocation(string? Url, string Path, string Commit, string? Branch);
