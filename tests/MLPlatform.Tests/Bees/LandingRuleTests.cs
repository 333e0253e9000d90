using CsCheck;
using MLPlatform.Core.Bees;
using Xunit;

namespace MLPlatform.Tests.Bees;

/// <summary>Whatever is sent again, late or out of turn: each position is kept once, in order.</summary>
public sealed class LandingRuleTests
{
    private static BatchHeader Batch(long from, long to) => BatchFormatTests.Header(from, to);

    [Fact]
    public void Pieces_sent_in_any_order_and_again_are_kept_once_and_in_order() =>
        Gen.Select(Gen.Int[0, 30], Gen.Int[0, 30]).Select((a, b) => (From: Math.Min(a, b), To: Math.Max(a, b))).Array[0, 60].Sample(sent =>
        {
            long? durable = null;
            List<long> kept = [];
            // An agent that is told of a hole goes back, so at last everything is sent from the start.
            foreach ((int from, int to) in sent.Append((0, 30)))
            {
                switch (LandingRule.Decide(durable, ended: false, Batch(from, to)))
                {
                    case LandingDecision.Append append:
                        for (long position = append.From; position < to; position++)
                            kept.Add(position);
                        durable = to;
                        break;
                    case LandingDecision.Hole hole:
                        Assert.Equal(durable ?? 0, hole.Durable);
                        Assert.True(from > hole.Durable);
                        break;
                }
            }
            Assert.Equal(Enumerable.Range(0, 30).Select(i => (long)i), kept);
        });

    public static TheoryData<string, long?, bool, BatchHeader, LandingDecision> Cases => new()
    {
        { "the first batch", null, false, Batch(0, 9), new LandingDecision.Append(0) },
        { "a first batch that leaves something out", null, false, Batch(4, 9), new LandingDecision.Hole(0) },
        { "a channel that begins later on purpose", null, false, Batch(4, 9) with { Start = 4 }, new LandingDecision.Append(4) },
        { "the next", 9, false, Batch(9, 12), new LandingDecision.Append(9) },
        { "the same again", 9, false, Batch(0, 9), new LandingDecision.Duplicate(9) },
        { "an older one", 9, false, Batch(0, 4), new LandingDecision.Duplicate(9) },
        { "one that overlaps", 9, false, Batch(4, 12), new LandingDecision.Append(9) },
        { "a hole", 9, false, Batch(10, 12), new LandingDecision.Hole(9) },
        { "a hole that is declared lost", 9, false, Batch(10, 12) with { LostBytes = 1 }, new LandingDecision.Append(10) },
        { "a loss at the end", 9, false, Batch(12, 12) with { LostBytes = 3 }, new LandingDecision.Append(12) },
        { "a hole only half declared", 9, false, Batch(12, 14) with { LostBytes = 2 }, new LandingDecision.Hole(9) },
        { "an empty first batch", null, false, Batch(0, 0), new LandingDecision.Append(0) },
        { "nothing new", 9, false, Batch(9, 9), new LandingDecision.Duplicate(9) },
        { "the end", 9, false, Batch(9, 9) with { Ended = true }, new LandingDecision.Append(9) },
        { "the end again", 9, true, Batch(9, 9) with { Ended = true }, new LandingDecision.Duplicate(9) },
    };

    [Theory, MemberData(nameof(Cases))]
    public void Each_case_has_its_answer(string name, long? durable, bool ended, BatchHeader batch, LandingDecision decision)
    {
        Assert.NotEmpty(name);
        Assert.Equal(decision, LandingRule.Decide(durable, ended, batch));
    }
}
