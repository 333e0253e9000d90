namespace MLPlatform.Bees.Files;

/// <summary>How a content compares with what is known of a file.</summary>
internal enum Likeness
{
    /// <summary>It is other content.</summary>
    Other,

    /// <summary>It is too short to tell.</summary>
    Unclear,

    /// <summary>It begins the same and ends before what was delivered does.</summary>
    Prefix,

    /// <summary>It holds all that was delivered.</summary>
    Same,
}

internal static class Likenesses
{
    /// <summary>So much in common is no accident and no header.</summary>
    public const int Telling = 1024;

    public static Likeness Compare(this IFileContent content, KnownFile known)
    {
        if (known.Fingerprint.Longest(content.Length) is { } head)
        {
            if (!content.Bears(head))
                return Likeness.Other;
        }
        else if (known.Fingerprint.Length > 0)
        {
            return Likeness.Unclear;
        }
        if (content.Length < known.Anchor.End)
            return Likeness.Prefix;
        if (!content.Bears(known.Anchor))
            return Likeness.Other;
        return content.Length < known.Position ? Likeness.Prefix : Likeness.Same;
    }

    /// <summary>Whether content that is the same in another file can only be a copy.</summary>
    public static bool IsCopy(this Sighting seen, KnownFile known) =>
        known.Fingerprint.Length > 0 && (seen.Compressed || known.Position >= Telling);
}
