using System.Threading.Channels;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Bees;
using MLPlatform.Core.Runs;
using MLPlatform.Server.Bees;
using MLPlatform.Storage;
using MLPlatform.Storage.Bees;
using Xunit;

namespace MLPlatform.IntegrationTests.Bees;

/// <summary>The loop that keeps connectors running, over a real store, with time that stands still until it is moved.</summary>
public sealed class ConnectorLoopTests : IAsyncLifetime
{
    private static readonly TimeSpan Look = TimeSpan.FromSeconds(10);
    private readonly string _home = Directory.CreateTempSubdirectory("mlp-loop-").FullName;
    private readonly SourceHealth _health = new();
    private readonly Clock _time = new();
    private readonly Scripted _connector = new();
    private ServiceProvider _services = null!;
    private ConnectorLoop? _loop;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private ISourceStore Sources => _services.GetRequiredService<ISourceStore>();

    public async ValueTask InitializeAsync()
    {
        _services = new ServiceCollection().AddLogging()
            .AddSingleton<Microsoft.Extensions.Configuration.IConfiguration>(new Microsoft.Extensions.Configuration.ConfigurationBuilder().Build())
            .AddStorage(options => options.Home = _home).BuildServiceProvider();
        await _services.GetRequiredService<PlatformStorage>().OpenAsync(Cancel);
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        await _services.DisposeAsync();
        Directory.Delete(_home, recursive: true);
    }

    [Fact]
    public async Task One_that_fails_is_tried_again_after_pauses_that_grow_to_a_minute_and_tells_why()
    {
        await PutAsync("orders");
        await StartAsync();
        foreach (int seconds in new[] { 1, 2, 4, 8, 16, 32, 60, 60 })
        {
            (await _connector.NextAsync()).Fail(new IOException("no route"));
            TimeSpan pause = await _time.NextAsync();
            Assert.Equal(seconds, pause.TotalSeconds);
            Assert.Equal("BEES-066 The source cannot be read: no route", _health.ProblemOf("orders"));
            _time.Advance(pause);
        }
        (await _connector.NextAsync()).Fail(new ActivityException("BEES-067", "the variable is not set.", FailureKind.User));
        await _time.NextAsync();
        Assert.Equal("BEES-067 the variable is not set.", _health.ProblemOf("orders"));
    }

    [Fact]
    public async Task One_that_reads_again_counts_as_well_and_its_pauses_begin_anew()
    {
        await PutAsync("orders");
        await StartAsync();
        for (int i = 0; i < 3; i++)
        {
            (await _connector.NextAsync()).Fail(new IOException("no route"));
            _time.Advance(await _time.NextAsync());
        }
        Attempt attempt = await _connector.NextAsync();
        attempt.Tell("BEES-070 it waits");
        Assert.Equal("BEES-070 it waits", _health.ProblemOf("orders"));
        attempt.Tell(null);
        Assert.Null(_health.ProblemOf("orders"));
        attempt.Fail(new IOException("gone again"));
        Assert.Equal(1, (await _time.NextAsync()).TotalSeconds);
    }

    [Fact]
    public async Task One_that_fails_does_not_keep_others_from_reading()
    {
        await PutAsync("bad");
        await PutAsync("good");
        await StartAsync();
        Attempt one = await _connector.NextAsync(), other = await _connector.NextAsync();
        Attempt bad = one.Source.Name == "bad" ? one : other;
        bad.Fail(new IOException("no route"));
        TimeSpan pause = await _time.NextAsync();
        Attempt good = bad == one ? other : one;
        Assert.False(good.Stopped.IsCompleted);
        _time.Advance(pause);
        Assert.Equal("bad", (await _connector.NextAsync()).Source.Name);
    }

    [Fact]
    public async Task One_that_changes_is_started_anew_and_one_that_is_removed_is_stopped()
    {
        await PutAsync("orders");
        await StartAsync();
        Attempt first = await _connector.NextAsync();
        first.Tell("BEES-070 it waits");
        await PutAsync("orders", "public.others");
        _health.Changed();
        Attempt second = await _connector.NextAsync();
        await first.Stopped;
        Assert.Equal("public.others", second.Source.Postgres!.Table);
        Assert.Null(_health.ProblemOf("orders"));
        await Sources.DeleteAsync("orders", Cancel);
        _health.Changed();
        await second.Stopped.WaitAsync(Eventually.Patience, Cancel);
        await StopAsync();
        Assert.Null(_health.ProblemOf("orders"));
        Assert.False(_connector.Any);
    }

    [Fact]
    public async Task One_that_is_removed_while_it_waits_to_be_tried_again_is_not_tried_again()
    {
        await PutAsync("orders");
        await StartAsync();
        (await _connector.NextAsync()).Fail(new IOException("no route"));
        TimeSpan pause = await _time.NextAsync();
        await Sources.DeleteAsync("orders", Cancel);
        _health.Changed();
        await PutAsync("last");
        _health.Changed();
        Attempt last = await _connector.NextAsync();
        _time.Advance(pause);
        Assert.Equal("last", last.Source.Name);
        await StopAsync();
        Assert.False(_connector.Any);
        Assert.Null(_health.ProblemOf("orders"));
    }

    [Fact]
    public async Task A_server_that_stops_stops_them_and_the_next_one_starts_them_again()
    {
        await PutAsync("orders");
        await StartAsync();
        Attempt first = await _connector.NextAsync();
        await StopAsync();
        Assert.True(first.Stopped.IsCompleted);
        await StartAsync();
        Assert.Equal("orders", (await _connector.NextAsync()).Source.Name);
    }

    private Task PutAsync(string name, string table = "public.orders") => Sources.PutAsync(new SourceDefinition
    {
        Name = name,
        Kind = SourceKind.Postgres,
        Postgres = new PostgresSource { ConnectionFrom = "NOWHERE", Table = table, Mode = PostgresMode.Snapshot },
    }, "tester", Cancel);

    private async Task StartAsync()
    {
        _loop = new ConnectorLoop(Sources, _services.GetRequiredService<LandingLogs>(), [_connector], _health, _time, NullLogger<ConnectorLoop>.Instance);
        await _loop.StartAsync(Cancel);
    }

    private async Task StopAsync()
    {
        if (_loop is not null)
            await _loop.StopAsync(CancellationToken.None);
        _loop?.Dispose();
        _loop = null;
    }

    /// <summary>A connector at work, as the test wishes.</summary>
    private sealed class Attempt(SourceDefinition source, Action<string?> tell, CancellationToken cancel)
    {
        private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource _stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public SourceDefinition Source => source;

        /// <summary>Ends when the loop has stopped it.</summary>
        public Task Stopped => _stopped.Task;

        public void Tell(string? problem) => tell(problem);

        public void Fail(Exception e) => _ended.SetException(e);

        public async Task RunAsync()
        {
            try
            {
                await _ended.Task.WaitAsync(cancel);
            }
            catch (OperationCanceledException)
            {
                _stopped.SetResult();
                throw;
            }
        }
    }

    private sealed class Scripted : IConnector
    {
        private readonly Channel<Attempt> _attempts = Channel.CreateUnbounded<Attempt>();

        public SourceKind Kind => SourceKind.Postgres;

        public bool Any => _attempts.Reader.TryPeek(out _);

        public Task RunAsync(SourceDefinition source, LandingLog log, Action<string?> tell, CancellationToken cancel)
        {
            Attempt attempt = new(source, tell, cancel);
            _attempts.Writer.TryWrite(attempt);
            return attempt.RunAsync();
        }

        public async Task<Attempt> NextAsync() => await _attempts.Reader.ReadAsync(Cancel).AsTask().WaitAsync(Eventually.Patience, Cancel);
    }

    /// <summary>Tells of each pause that begins, those between two looks at the sources aside.</summary>
    private sealed class Clock : FakeTimeProvider
    {
        private readonly Channel<TimeSpan> _pauses = Channel.CreateUnbounded<TimeSpan>();

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            ITimer timer = base.CreateTimer(callback, state, dueTime, period);
            if (dueTime != Look)
                _pauses.Writer.TryWrite(dueTime);
            return timer;
        }

        public async Task<TimeSpan> NextAsync() => await _pauses.Reader.ReadAsync(Cancel).AsTask().WaitAsync(Eventually.Patience, Cancel);
    }
}
