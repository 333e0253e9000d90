using MLPlatform.Core.Scheduling.Admission;
using MLPlatform.Engine.Alarms;
using MLPlatform.Engine.Runs;
using Xunit;

namespace MLPlatform.Tests.Alarms;

/// <summary>What an alarm of waiting tells of why.</summary>
public sealed class WaitNoteTests
{
    private static readonly Dictionary<int, WaitReason> Reasons = new() { [1] = new WaitReason(WaitCause.NoNode, "no node has 2 GPUs free", "the end of what runs there", null) };

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void The_reason_is_told_whichever_server_knows_it(bool isOwn) =>
        Assert.Equal("no node has 2 GPUs free. What would let it start: the end of what runs there", RunPictures.NoteOf(1, new RunWaits(Reasons, isOwn), "r1"));

    [Fact]
    public void Where_another_server_has_not_told_it_that_server_is_named() =>
        Assert.Equal(RunWaits.Untold("r1"), RunPictures.NoteOf(2, new RunWaits(Reasons, IsOwn: false), "r1"));

    [Fact]
    public void What_was_admitted_this_very_moment_has_no_reason() => Assert.Null(RunPictures.NoteOf(2, new RunWaits(Reasons, IsOwn: true), "r1"));
}
