using System.Text.Json;
using MLPlatform.Core.Runs;
using MLPlatform.Executors.Process.Protocol;

namespace MLPlatform.Worker.Work;

/// <summary>Runs one attempt after the other and writes down how each ended.</summary>
/// <param name="record">The file that says how each ended.</param>
/// <param name="ownLog">Whether what is printed goes to the attempt's log; else it stays where it goes.</param>
internal sealed class AttemptRunner(string home, Activities activities, TimeProvider time, string record = AttemptFiles.Exit, bool ownLog = true)
{
    private readonly Lock _gate = new();
    private string? _current;
    private CancellationTokenSource? _cancel;

    /// <summary>Whether the last one ended well.</summary>
    public bool HasSucceeded { get; private set; }

    /// <summary>Asks the attempt under way to end, whichever it is.</summary>
    public void Cancel() => Cancel(null);

    /// <summary>Asks this attempt to end; nothing happens if another runs by now.</summary>
    public void Cancel(string? id)
    {
        CancellationTokenSource? cancel;
        lock (_gate)
        {
            cancel = id is null || id == _current ? _cancel : null;
        }
        cancel?.CancelAsync();
    }

    /// <summary>
    /// Runs it to its end, which is on disk when the task ends, unless the answer holds it. From the moment this returns the
    /// attempt can be cancelled.
    /// </summary>
    public Task<FromWorker.Done> RunAsync(ToWorker.Run run)
    {
        if (!AttemptId.TryParse(run.Id, out AttemptId id))
            throw new InvalidDataException("the supervisor sent a malformed attempt id");
        var cancel = new CancellationTokenSource(); // Not disposed: a late Cancel may still hold it, and it owns no timer.
        lock (_gate)
            (_current, _cancel) = (run.Id, cancel);
        return Task.Run(() => RunAsync(run, id, cancel));
    }

    private async Task<FromWorker.Done> RunAsync(ToWorker.Run run, AttemptId id, CancellationTokenSource cancel)
    {
        string folder = AttemptFiles.Folder(home, id);
        Memory.ResetPeak();
        ExitRecord exit = await RunAsync(run, id, folder, cancel.Token);
        lock (_gate)
            (_current, _cancel) = (null, null);
        ExitRecord? unwritten = TryRecord(folder, exit) ? null : exit;
        return new FromWorker.Done(run.Id, Memory.Trim(), unwritten);
    }

    private async Task<ExitRecord> RunAsync(ToWorker.Run run, AttemptId id, string folder, CancellationToken cancel)
    {
        TimeSpan before = Environment.CpuUsage.TotalTime; // The worker is warm: what it used for others is not this attempt's.
        using TextWriter output = ownLog ? new AttemptOutput(Path.Combine(folder, AttemptFiles.Log)) : TextWriter.Synchronized(Console.Out);
        Failure? failure;
        bool stopped = false;
        using (Variables(run.Order.Environment))
        {
            try
            {
                failure = await RunAsync(run, id, folder, output, cancel);
            }
            catch (OperationCanceledException) when (cancel.IsCancellationRequested)
            {
                (failure, stopped) = (null, true);
            }
            catch (Exception e)
            {
                failure = FailureFrom.Exception(e, activities.FailsAlike(run.Order.Type));
                output.WriteLine(FailureFrom.Words(e, failure));
            }
            Clear(Path.Combine(folder, AttemptFiles.Scratch), output);
        }
        HasSucceeded = failure is null && !stopped;
        return new ExitRecord
        {
            At = time.GetUtcNow(),
            Pid = Environment.ProcessId,
            Code = failure is null && !stopped ? 0 : null,
            Failure = failure,
            Stopped = stopped,
            PeakMemoryBytes = Memory.Peak(),
            CpuSeconds = (Environment.CpuUsage.TotalTime - before).TotalSeconds,
            MemoryLimitBytes = run.Limits.MemoryBytes > 0 ? run.Limits.MemoryBytes : null,
            Limits = run.Applied,
        };
    }

    private async Task<Failure?> RunAsync(ToWorker.Run run, AttemptId id, string folder, TextWriter log, CancellationToken cancel)
    {
        if (activities.Find(run.Order.Type) is not ActivityInvoker activity)
            return new Failure(
                FailureKind.User, "EXEC-032", $"the worker knows no activity of type '{run.Order.Type}'; was it added after the platform was built?");
        using var context = new WorkerContext(id, folder, AttemptFiles.Checkpoints(home, id), run, activities.Artifacts, log, time);
        Directory.SetCurrentDirectory(context.ScratchFolder);
        byte[] inputs = await File.ReadAllBytesAsync(Path.Combine(folder, AttemptFiles.Inputs), cancel);
        byte[] outputs = await activity.RunAsync(inputs, context, cancel);
        AttemptFiles.WriteWhole(Path.Combine(folder, AttemptFiles.Outputs), outputs);
        return null;
    }

    private bool TryRecord(string folder, ExitRecord exit)
    {
        try
        {
            AttemptFiles.WriteWhole(
                Path.Combine(folder, record), JsonSerializer.SerializeToUtf8Bytes(exit, ProtocolJson.Default.ExitRecord));
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false; // The supervisor is told, and goes on trying.
        }
    }

    private static void Clear(string scratch, TextWriter log)
    {
        Directory.SetCurrentDirectory("/");
        try
        {
            if (Directory.Exists(scratch))
                Directory.Delete(scratch, recursive: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            log.WriteLine($"the scratch folder could not be removed: {e.Message}");
        }
    }

    // For the programs that an activity starts; the values of one attempt must not reach the next.
    private static Restore Variables(IReadOnlyDictionary<string, string> variables)
    {
        Dictionary<string, string?> before = variables.Keys.ToDictionary(name => name, Environment.GetEnvironmentVariable);
        foreach ((string name, string value) in variables)
            Environment.SetEnvironmentVariable(name, value);
        return new Restore(before);
    }

    private sealed class Restore(Dictionary<string, string?> variables) : IDisposable
    {
        public void Dispose()
        {
            foreach ((string name, string? value) in variables)
                Environment.SetEnvironmentVariable(name, value);
        }
    }
}
