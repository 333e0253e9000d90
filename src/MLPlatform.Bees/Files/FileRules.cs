namespace MLPlatform.Bees.Files;

/// <summary>Decides what files are: the same as before, moved, truncated, replaced, copied or new. Pure.</summary>
internal static class FileRules
{
    /// <param name="known">Of one source.</param>
    /// <param name="seen">All that one look around found for it.</param>
    /// <param name="settle">A file that has not changed for so long is no copy that is still being made.</param>
    public static IReadOnlyList<Verdict> Decide(IReadOnlyList<KnownFile> known, IReadOnlyList<Sighting> seen, TimeSpan settle)
    {
        List<Verdict> verdicts = [];
        Dictionary<FileKey, Sighting> byKey = ByKey(seen, known);
        List<KnownFile> living = [];
        List<(KnownFile File, MissingReason Reason)> orphans = [];
        HashSet<FileKey> taken = [];

        // 1. Files that are where they were, or moved: device and inode say which, content says whether it is still so.
        foreach (KnownFile file in known)
        {
            if (byKey.TryGetValue(file.Key, out Sighting? blocked) && blocked.Blocked)
            {
                taken.Add(file.Key); // It is there; what it holds is seen when it can be read again.
                continue;
            }
            MissingReason reason = WhereIs(file, byKey, out Sighting? at);
            if (reason == MissingReason.None && taken.Add(file.Key))
            {
                living.Add(file);
                verdicts.Add(new Verdict.Continue(file, at!));
                continue;
            }
            reason = reason == MissingReason.None ? MissingReason.Replaced : reason;
            orphans.Add((file, reason));
            if (file.Missing == MissingReason.None)
                verdicts.Add(new Verdict.Miss(file, reason));
        }

        // 2. Whatever else there is: the copy of one that lost its content, a copy in the making, or new.
        HashSet<string> adopted = [];
        foreach (Sighting fresh in byKey.Values.Where(s => s is { Wanted: true, Blocked: false } && !taken.Contains(s.Key)).OrderBy(s => s.Path, StringComparer.Ordinal))
        {
            if (Original(fresh, orphans.Where(o => !adopted.Contains(o.File.Channel))) is { } original)
            {
                adopted.Add(original.Channel);
                verdicts.RemoveAll(v => v is Verdict.Miss miss && miss.Known == original);
                verdicts.Add(new Verdict.Adopt(original, fresh));
            }
            else
            {
                verdicts.Add(Suspect(fresh, living, orphans, settle) is { } copied ? new Verdict.Hold(fresh, copied) : new Verdict.Begin(fresh));
            }
        }
        return verdicts;
    }

    private static MissingReason WhereIs(KnownFile file, Dictionary<FileKey, Sighting> byKey, out Sighting? at)
    {
        if (!byKey.TryGetValue(file.Key, out at))
            return MissingReason.Deleted;
        Likeness likeness = at.Content.Compare(file);
        // Once its content is gone, only finding all of it again brings a file back: an empty one never left any.
        if (file.Missing != MissingReason.None && (likeness != Likeness.Same || file.Fingerprint.Length == 0))
            return file.Missing;
        return likeness switch
        {
            Likeness.Same => MissingReason.None,
            Likeness.Other => MissingReason.Replaced,
            _ => MissingReason.Truncated,
        };
    }

    // Of several whose content it holds, the one that was read furthest.
    private static KnownFile? Original(Sighting fresh, IEnumerable<(KnownFile File, MissingReason Reason)> orphans) => orphans
        .Where(o => o.File.Key != fresh.Key && (fresh.IsCopy(o.File) || WasCopiedAway(o.File, o.Reason)) && fresh.Content.Compare(o.File) == Likeness.Same)
        .Select(o => o.File).MaxBy(f => f.Position);

    // A file that was truncated or overwritten a moment ago was copied before; one that was deleted long ago was not.
    private static bool WasCopiedAway(KnownFile orphan, MissingReason reason) =>
        !orphan.Ended && orphan.Fingerprint.Length > 0 && reason != MissingReason.Deleted;

    private static KnownFile? Suspect(Sighting fresh, List<KnownFile> living, List<(KnownFile File, MissingReason Reason)> orphans, TimeSpan settle)
    {
        foreach (KnownFile file in living)
        {
            if (file.Fingerprint.Length == 0)
                continue;
            Likeness likeness = fresh.Content.Compare(file);
            if (likeness == Likeness.Same && fresh.IsCopy(file))
                return file;
            if (likeness is Likeness.Same or Likeness.Prefix && fresh.Unchanged < settle)
                return file;
        }
        return fresh.Unchanged >= settle ? null
            : orphans.Select(o => o.File).FirstOrDefault(f => f.Key != fresh.Key && f.Fingerprint.Length > 0 && fresh.Content.Compare(f) == Likeness.Prefix);
    }

    // A file with several names, by links, is one file; its old name is the best, then one that the source asks for.
    private static Dictionary<FileKey, Sighting> ByKey(IReadOnlyList<Sighting> seen, IReadOnlyList<KnownFile> known)
    {
        HashSet<(FileKey, string)> names = [.. known.Select(k => (k.Key, k.Path))];
        return seen.GroupBy(s => s.Key).ToDictionary(
            g => g.Key,
            g => g.OrderByDescending(s => names.Contains((s.Key, s.Path))).ThenByDescending(s => s.Wanted).ThenBy(s => s.Path, StringComparer.Ordinal).First());
    }
}
