namespace MLPlatform.Bees.Files;

/// <summary>What one look around means for one file.</summary>
public abstract record Verdict
{
    private Verdict() { }

    /// <summary>A known file, perhaps under another name: go on.</summary>
    public sealed record Continue(KnownFile Known, Sighting Seen) : Verdict;

    /// <summary>A known file's content in another file, since its own lost it: go on there.</summary>
    public sealed record Adopt(KnownFile Known, Sighting Seen) : Verdict;

    /// <summary>A file not seen before, or new content in an old one: begin at its start.</summary>
    public sealed record Begin(Sighting Seen) : Verdict;

    /// <summary>It may become a copy of the known file: look again later.</summary>
    public sealed record Hold(Sighting Seen, KnownFile CopyOf) : Verdict;

    /// <summary>A known file's content is not where it was.</summary>
    public sealed record Miss(KnownFile Known, MissingReason Reason) : Verdict;
}
