using System.Net;
using System.Net.Http.Json;
using Microsoft.Extensions.Hosting;
using MLPlatform.Engine.Runs;
using Xunit;

namespace MLPlatform.IntegrationTests.Server;

/// <summary>A server whose engine met a bug of its own.</summary>
public sealed class BrokenEngineTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_server_stops_when_its_engine_does_and_answers_nobody_with_silence()
    {
        await using TestPlatform platform = new();
        await platform.InitializeAsync();
        TaskCompletionSource stopping = new();
        platform.Get<IHostApplicationLifetime>().ApplicationStopping.Register(stopping.SetResult);
        EngineLoop engine = platform.Get<EngineLoop>();

        // Held up until the request is on its way, so that the engine breaks with the request unanswered.
        using ManualResetEventSlim struck = new();
        engine.Post(() =>
        {
            struck.Wait(Cancel);
            throw new InvalidOperationException("a bug");
        });
        object run = new { file = new { pipeline = new { id = "p", activities = new { a = new { type = "control.noop" } } } } };
        Task<HttpResponseMessage> asked = platform.Client.PostAsJsonAsync("api/v1/runs", run, Cancel);
        struck.Set();

        using HttpResponseMessage answer = await asked;
        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        await stopping.Task.WaitAsync(TimeSpan.FromMinutes(1), Cancel);
    }
}
