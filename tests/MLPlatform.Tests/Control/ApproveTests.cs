using System.Text.Json;
using MLPlatform.Activities.Control;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Runs;
using MLPlatform.Tests.Tables;
using Xunit;

namespace MLPlatform.Tests.Control;

public sealed class ApproveTests : IDisposable
{
    private readonly TestActivityContext _context = new();

    public void Dispose() => _context.Dispose();

    [Fact]
    public async Task It_waits_for_the_approval_signal_for_ever_unless_told_otherwise()
    {
        var waits = Assert.IsType<InlineResult.Deferred>(await RunAsync(new Approve.Inputs { Message = "Deploy?" }));
        Assert.Equal(("approval", null), (waits.Signal, waits.Until));
        Assert.Contains("Deploy?", _context.Lines);
    }

    [Theory]
    [InlineData(Approve.Unanswered.Fail, false)]
    [InlineData(Approve.Unanswered.Approve, true)]
    public async Task An_answer_that_never_comes_ends_as_declared(Approve.Unanswered declared, bool succeeds)
    {
        var waits = Assert.IsType<InlineResult.Deferred>(await RunAsync(new Approve.Inputs { Within = TimeSpan.FromHours(1), IfUnanswered = declared }));
        Assert.NotNull(waits.Until);
        Assert.Equal(succeeds, waits.OnUntil is AttemptOutcome.Succeeded);
    }

    [Theory]
    [InlineData("""{"approved":true,"by":"ann"}""", null, null)]
    [InlineData("""{"approved":false,"by":"ann","comment":"not on a Friday"}""", "ENG-032", "Rejected by ann: not on a Friday")]
    [InlineData("""{"approved":"yes"}""", "ENG-033", null)]
    [InlineData("[]", "ENG-033", null)]
    public void A_rejection_fails_with_the_persons_words_and_is_not_retried(string payload, string? code, string? message)
    {
        AttemptOutcome outcome = new Approve().Answer(JsonElement.Parse(payload));
        if (code is null)
        {
            Assert.True(Assert.IsType<AttemptOutcome.Succeeded>(outcome).Outputs.GetProperty("approved").GetBoolean());
            return;
        }
        Failure failure = Assert.IsType<AttemptOutcome.Failed>(outcome).Failure;
        Assert.Equal(code, failure.Code);
        Assert.Equal(code == "ENG-032" ? FailureKind.Cancelled : FailureKind.User, failure.Kind);
        if (message is not null)
            Assert.Equal(message, failure.Message);
    }

    private ValueTask<InlineResult> RunAsync(Approve.Inputs inputs) => new Approve().RunAsync(inputs, _context, TestContext.Current.CancellationToken);
}
