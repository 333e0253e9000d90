using Microsoft.Extensions.Logging.Abstractions;
using MLPlatform.Core.Runs;
using MLPlatform.Executors.Process;
using Xunit;

namespace MLPlatform.IntegrationTests.Executors;

/// <summary>What a server tells attempts of itself may not be known yet when it takes them up.</summary>
public sealed class AttemptVariablesTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_attempt_starts_once_what_it_is_to_be_told_is_known()
    {
        await using ExecutorHome home = new();
        TaskCompletionSource known = new();
        Sink sink = new();
        await using ProcessExecutor executor = new(
            Microsoft.Extensions.Options.Options.Create(home.Options), TimeProvider.System, NullLogger<ProcessExecutor>.Instance, home.Artifacts, new Late(known.Task));
        executor.Attach(sink);
        AttemptOrder order = home.Shell("printf '{\"said\":\"%s\"}' \"$ADDRESS\" > \"$MLP_ATTEMPT_DIR/outputs.json\"");
        Task starting = executor.StartAsync(order, Cancel);
        known.SetResult();
        await starting;
        AttemptOutcome.Succeeded ended = Assert.IsType<AttemptOutcome.Succeeded>((await sink.EndOf(order.Id)).Outcome);
        Assert.Equal("here", ended.Outputs.GetProperty("said").GetString());
    }

    private sealed class Late(Task known) : IAttemptVariables
    {
        private bool _isKnown;

        public Task Ready => WaitAsync();

        public IReadOnlyDictionary<string, string> Of(AttemptOrder order) =>
            _isKnown ? new Dictionary<string, string> { ["ADDRESS"] = "here" } : throw new InvalidOperationException("it is not known yet");

        private async Task WaitAsync()
        {
            await known;
            _isKnown = true;
        }
    }
}
