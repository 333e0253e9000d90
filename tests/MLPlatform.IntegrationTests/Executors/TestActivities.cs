using System.ComponentModel.DataAnnotations;
using System.Runtime.InteropServices;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Runs;

namespace MLPlatform.IntegrationTests.Executors;

/// <summary>Does what it is told, so that tests see how a worker takes it.</summary>
[Activity("test.behave", Cacheable = false)]
public sealed class Behave(TimeProvider time) : IActivity<Behave.Inputs, Behave.Outputs>
{
    public enum Way
    {
        Well,
        Fail,
        FailForReasons,
        Throw,
        ReadNothing,
        RunOutOfMemory,
        FailFast,
        Exit,
        Crash,
        WaitForCancel,
        IgnoreCancel,
        LeaveDaemon,
        Allocate,
        WaitForFile,
        Burn,
    }

    public sealed record Inputs
    {
        public required Way Way { get; init; }
        public string Say { get; init; } = "";
        public int Mebibytes { get; init; }
    }

    public sealed record Outputs(string Said, int Pid, int Cores, long? Memory, string Folder, string? Variable);

    public async Task<Outputs> RunAsync(Inputs inputs, ActivityContext context, CancellationToken cancel)
    {
        context.Log("way " + inputs.Way);
        switch (inputs.Way)
        {
            case Way.Fail:
                throw new ActivityException("TEST-001", "the table has no column 'x'", FailureKind.Resource);
            case Way.FailForReasons:
                throw new ActivityException("TEST-002", "The table has no column 'x'.", FailureKind.User, new InvalidOperationException("the table has no column 'x'", new IOException("the file ends early")));
            case Way.Throw:
                throw new InvalidOperationException("thrown on purpose");
            case Way.ReadNothing:
                await File.ReadAllTextAsync("/nothing/here.csv", cancel);
                break;
            case Way.RunOutOfMemory:
                throw new InsufficientMemoryException();
            case Way.FailFast:
                Environment.FailFast("failing fast on purpose");
                break;
            case Way.Exit:
                Environment.Exit(7);
                break;
            case Way.Crash:
                Marshal.WriteInt32(new IntPtr(0x10_0000_0000), 1);
                break;
            case Way.WaitForCancel:
                await Task.Delay(Timeout.InfiniteTimeSpan, time, cancel);
                break;
            case Way.IgnoreCancel:
                await Task.Delay(Timeout.InfiniteTimeSpan, time, CancellationToken.None);
                break;
            case Way.LeaveDaemon:
                using (System.Diagnostics.Process.Start("setsid", ["sleep", inputs.Say]))
                    break;
            case Way.Burn:
                TimeSpan began = Environment.CpuUsage.TotalTime;
                while (Environment.CpuUsage.TotalTime - began < TimeSpan.FromSeconds(1))
                    cancel.ThrowIfCancellationRequested();
                break;
            case Way.WaitForFile:
                context.Report("waiting", 1, 7);
                context.Progress(0.25, "a quarter");
                while (!File.Exists(Path.Combine(context.ScratchFolder, "go")))
                    await Task.Delay(20, cancel);
                break;
            case Way.Allocate:
                nint block = Marshal.AllocHGlobal(inputs.Mebibytes << 20);
                for (int at = 0; at < inputs.Mebibytes << 20; at += 4096)
                    Marshal.WriteByte(block, at, 1);
                Marshal.FreeHGlobal(block);
                break;
        }
        Console.WriteLine("printed " + inputs.Say);
        context.Report("loss", 0.25, 1);
        context.Report("loss", 0.125, 2);
        context.Report("nothing", double.NaN);
        context.Progress(0.5, "half way");
        await File.WriteAllTextAsync(Path.Combine(context.ScratchFolder, "temporary"), "x", cancel);
        return new Outputs(
            inputs.Say, Environment.ProcessId, context.Cores, context.MemoryBytes, context.ScratchFolder,
            Environment.GetEnvironmentVariable("MLP_ATTEMPT_ID"));
    }
}

/// <summary>Fails as it is told; equal inputs give equal outputs.</summary>
[Activity("test.strict")]
public sealed class Strict : IActivity<Strict.Inputs, NoOutputs>
{
    public sealed record Inputs(string How)
    {
        [Range(1, long.MaxValue, ErrorMessage = "{0} must be at least 1.")]
        public long LookEvery { get; init; } = 1;
    }

    public Task<NoOutputs> RunAsync(Inputs inputs, ActivityContext context, CancellationToken cancel) => throw Failing(inputs.How);

    internal static Exception Failing(string how) => how switch
    {
        "disk" => new ActivityException("TEST-003", "The file cannot be written.", FailureKind.User, new InvalidOperationException("no file", new IOException("the disk is away"))),
        "lost" => new ActivityException("TEST-004", "The store does not answer.", FailureKind.Infrastructure),
        "unforeseen" => new InvalidOperationException("thrown on purpose"),
        _ => new ActivityException("TEST-005", "The table has no column 'x'."),
    };
}

/// <summary>The same, and reads files that may change.</summary>
[Activity("test.files")]
public sealed class StrictFiles : IActivity<StrictFiles.Inputs, NoOutputs>
{
    public sealed record Inputs(string How)
    {
        [ExternalFiles]
        public string? File { get; init; }
    }

    public Task<NoOutputs> RunAsync(Inputs inputs, ActivityContext context, CancellationToken cancel) => throw Strict.Failing(inputs.How);
}
