using MLPlatform.Core.Runs;
using MLPlatform.Executors.Process;
using Xunit;

namespace MLPlatform.Tests.Executors;

/// <summary>What scripts leave in their folders while they run, as they like.</summary>
public sealed class RunningAttemptTests : IDisposable
{
    private static readonly AttemptId Attempt = new(new RunId(Guid.Parse("01a21574-525a-7d90-9c28-094a0c1b12a8")), 0, 1);
    private readonly string _home = Directory.CreateTempSubdirectory("mlp-live-").FullName;

    public RunningAttemptTests() => Directory.CreateDirectory(Path.Combine(_home, "attempts", Attempt.ToString()));

    public void Dispose() => Directory.Delete(_home, recursive: true);

    [Theory]
    [InlineData("""{"fraction":0.25,"message":"epoch 1"}""", 0.25, "epoch 1")]
    [InlineData("""{"fraction":7}""", null, null)]
    [InlineData("""{"message":"warming up"}""", null, "warming up")]
    [InlineData("""{"fraction":0.2""", null, null)]
    [InlineData("""{"fraction":"half"}""", null, null)]
    [InlineData("null", null, null)]
    [InlineData("", null, null)]
    public void Progress_is_what_can_be_made_of_the_file(string text, double? fraction, string? message)
    {
        Write("progress.json", text);
        Assert.Equal((fraction, message), RunningAttempt.Progress(_home, Attempt));
    }

    [Fact]
    public void A_file_without_measure_is_not_read()
    {
        Write("progress.json", $$"""{"fraction":0.5,"message":"{{new string('x', 1 << 20)}}"}""");
        Write("usage.json", $$"""{"at":"2026-03-01T00:00:00Z","seconds":1,"more":"{{new string('x', 1 << 20)}}"}""");
        Assert.Equal((null, null), RunningAttempt.Progress(_home, Attempt));
        Assert.Null(RunningAttempt.Usage(_home, Attempt));
    }

    [Fact]
    public void A_long_message_is_cut()
    {
        Write("progress.json", $$"""{"message":"{{new string('x', 5000)}}"}""");
        Assert.Equal(500, RunningAttempt.Progress(_home, Attempt).Message!.Length);
    }

    private void Write(string name, string text) => File.WriteAllText(Path.Combine(_home, "attempts", Attempt.ToString(), name), text);
}
