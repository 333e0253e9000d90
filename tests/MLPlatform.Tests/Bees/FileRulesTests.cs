using MLPlatform.Bees.Files;
using Xunit;
using static MLPlatform.Tests.Bees.MemoryContent;

namespace MLPlatform.Tests.Bees;

/// <summary>What a look around means: named cases, each with the verdicts in words.</summary>
public sealed class FileRulesTests
{
    private static readonly string Long = string.Concat(Enumerable.Range(0, 200).Select(i => $"line {i}\n"));

    public static TheoryData<string> Cases => [.. Table.Keys];

    private static readonly Dictionary<string, (KnownFile[] Known, Sighting[] Seen, string[] Expected)> Table = new()
    {
        ["nothing known"] = ([], [Seen("/logs/a", 1, "one\n")], ["begin /logs/a"]),
        ["nothing known, and not asked for"] = ([], [Seen("/logs/a", 1, "one\n", wanted: false)], []),
        ["the same, grown"] = ([Known("a", 1, "one\n", 4)], [Seen("/logs/a", 1, "one\ntwo\n")], ["continue a at /logs/a"]),
        ["an empty file stays itself"] = ([Known("a", 1, "", 0)], [Seen("/logs/a", 1, "")], ["continue a at /logs/a"]),
        ["renamed, and a new one in its place"] = (
            [Known("a", 1, "one\n", 4)], [Seen("/logs/a", 2, "two\n"), Seen("/logs/a.1", 1, "one\n")],
            ["continue a at /logs/a.1", "begin /logs/a"]),
        ["renamed to where nobody asks"] = ([Known("a", 1, "one\n", 4)], [Seen("/logs/x", 1, "one\n", wanted: false)], ["continue a at /logs/x"]),
        ["two names, one file"] = ([Known("a", 1, "one\n", 4)], [Seen("/logs/0", 1, "one\n"), Seen("/logs/a", 1, "one\n")], ["continue a at /logs/a"]),
        ["truncated"] = ([Known("a", 1, "one\ntwo\n", 8)], [Seen("/logs/a", 1, "one\n")], ["miss a Truncated", "begin /logs/a"]),
        ["emptied"] = ([Known("a", 1, "one\n", 4)], [Seen("/logs/a", 1, "")], ["miss a Truncated", "begin /logs/a"]),
        ["truncated, and longer again"] = ([Known("a", 1, Long, 100)], [Seen("/logs/a", 1, "x" + Long)], ["miss a Replaced", "begin /logs/a"]),
        ["the same beginning, other content where it was read"] = (
            [Known("a", 1, Long, 1500)], [Seen("/logs/a", 1, Long[..1400] + "other" + Long)], ["miss a Replaced", "begin /logs/a"]),
        ["the inode was given to another file"] = ([Known("a", 1, "one\n", 4)], [Seen("/logs/b", 1, "two\nthree\n")], ["miss a Replaced", "begin /logs/b"]),
        ["deleted"] = ([Known("a", 1, "one\n", 4)], [], ["miss a Deleted"]),
        ["missing before: nothing new to say"] = ([Gone(Known("a", 1, "one\n", 4), MissingReason.Deleted)], [], []),
        ["missing and back"] = ([Gone(Known("a", 1, "one\n", 4), MissingReason.Deleted)], [Seen("/logs/a", 1, "one\n")], ["continue a at /logs/a"]),
        ["copied and truncated, a few bytes"] = (
            [Known("a", 1, "one\n", 4)], [Seen("/logs/a", 1, ""), Seen("/logs/a.1", 2, "one\ntwo\n", unchanged: 0)],
            ["begin /logs/a", "adopt a at /logs/a.1"]),
        ["copied and truncated, seen one after the other"] = (
            [Gone(Known("a", 1, "one\n", 4), MissingReason.Truncated), Known("b", 1, "", 0, "/logs/a")],
            [Seen("/logs/a", 1, ""), Seen("/logs/a.1", 2, "one\n")],
            ["continue b at /logs/a", "adopt a at /logs/a.1"]),
        ["a copy in the making"] = (
            [Known("a", 1, Long, 1500)], [Seen("/logs/a", 1, Long), Seen("/logs/a.1", 2, Long[..300], unchanged: 0)],
            ["continue a at /logs/a", "hold /logs/a.1 of a"]),
        ["a whole copy of a living file is nothing new"] = (
            [Known("a", 1, Long, 1500)], [Seen("/logs/a", 1, Long), Seen("/logs/a.1", 2, Long)], ["continue a at /logs/a", "hold /logs/a.1 of a"]),
        ["a small file may well be like another"] = (
            [Known("a", 1, "started\n", 8)], [Seen("/logs/a", 1, "started\n"), Seen("/logs/b", 2, "started\n")],
            ["continue a at /logs/a", "begin /logs/b"]),
        ["packed"] = ([Known("a", 1, "one\n", 4)], [Seen("/logs/a.gz", 2, "one\ntwo\n", compressed: true)], ["adopt a at /logs/a.gz"]),
        ["packed, and the original still there"] = (
            [Known("a", 1, "one\n", 4)], [Seen("/logs/a", 1, "one\n"), Seen("/logs/a.gz", 2, "one\n", compressed: true)],
            ["continue a at /logs/a", "hold /logs/a.gz of a"]),
        ["a deleted file's header in a new one"] = (
            [Known("a", 1, "header header header\none\n", 25)], [Seen("/logs/b", 2, "header header header\n")], ["miss a Deleted", "begin /logs/b"]),
        ["a deleted file's whole content, but it is short"] = (
            [Known("a", 1, "header header header\n", 21)], [Seen("/logs/b", 2, "header header header\ntwo\n")], ["miss a Deleted", "begin /logs/b"]),
        ["moved to another disk"] = ([Known("a", 1, Long, 1500)], [Seen("/logs/a.1", 2, Long)], ["adopt a at /logs/a.1"]),
        ["cannot be read now"] = ([Known("a", 1, "one\n", 4)], [Seen("/logs/a", 1, "") with { Blocked = true }], []),
    };

    [Theory, MemberData(nameof(Cases))]
    public void Files_are_what_they_are(string name)
    {
        (KnownFile[] known, Sighting[] seen, string[] expected) = Table[name];
        Assert.Equal(expected, FileRules.Decide(known, seen, TimeSpan.FromSeconds(2)).Select(Words));
        Assert.Equal(expected.Order(), FileRules.Decide([.. known.Reverse()], [.. seen.Reverse()], TimeSpan.FromSeconds(2)).Select(Words).Order());
    }

    private static KnownFile Gone(KnownFile known, MissingReason why) => known with { Missing = why, MissingSince = DateTimeOffset.UnixEpoch };

    private static string Words(Verdict verdict) => verdict switch
    {
        Verdict.Continue v => $"continue {v.Known.Channel} at {v.Seen.Path}",
        Verdict.Adopt v => $"adopt {v.Known.Channel} at {v.Seen.Path}",
        Verdict.Begin v => $"begin {v.Seen.Path}",
        Verdict.Hold v => $"hold {v.Seen.Path} of {v.CopyOf.Channel}",
        Verdict.Miss v => $"miss {v.Known.Channel} {v.Reason}",
        _ => throw new InvalidOperationException(),
    };
}
