using System.Security.Cryptography;
using System.Text;
using MLPlatform.Core.Runs;

namespace MLPlatform.Core.Sweeps;

/// <summary>The search over parameter combinations.</summary>
public readonly record struct SweepId(Guid Value)
{
    public override string ToString() => Value.ToString("D");

    /// <summary>The sweep of an activity's attempt: the attempt that is carried out again finds it.</summary>
    public static SweepId Of(AttemptId attempt) => new(new Guid(SHA256.HashData(Encoding.UTF8.GetBytes($"sweep of {attempt}")).AsSpan(0, 16)));

    /// <summary>The run of a trial: the same for the same trial, ordered by its creation.</summary>
    public RunId RunOf(int trial, DateTimeOffset at)
    {
        byte[] bytes = Guid.CreateVersion7(at).ToByteArray(bigEndian: true);
        byte[] hash = SHA256.HashData(Encoding.UTF8.GetBytes(System.FormattableString.Invariant($"trial {trial} of {Value:N}")));
        // The first eight bytes hold the time and the version; the rest is chance elsewhere and the trial's name here.
        hash.AsSpan(0, 8).CopyTo(bytes.AsSpan(8));
        bytes[6] = 0x70;
        bytes[7] = hash[8];
        bytes[8] = (byte)((bytes[8] & 0x3f) | 0x80);
        return new RunId(new Guid(bytes, bigEndian: true));
    }
}

/// <summary>A sweep, the pipeline's text included: trials of one sweep are runs of one pipeline, whatever becomes of the file.</summary>
/// <param name="Name">From its file, or pipeline and activity.</param>
/// <param name="PipelineJson">The pipeline file as it was when the sweep started.</param>
/// <param name="Folder">The folder that relative paths in the pipeline file belong to, or null.</param>
/// <param name="CallerFolder">The folder that relative paths among the parameters belong to, or null.</param>
/// <param name="By">Who started it.</param>
/// <param name="Waiter">The attempt of <c>sweep.run</c> that waits for its end, or null.</param>
/// <param name="Revision">Grows with every commit.</param>
public sealed record Sweep(
    SweepId Id, string Name, string Pipeline, SweepSettings Settings, string PipelineJson, string? Folder, string? CallerFolder, string By, AttemptId? Waiter,
    DateTimeOffset CreatedAt, long Revision, SweepState State);

/// <summary>Where a sweep is.</summary>
public abstract record SweepState
{
    private SweepState() { }

    /// <summary>Trials are proposed and run.</summary>
    public sealed record Running : SweepState;

    /// <summary>No more trials are proposed; those that run are being stopped.</summary>
    /// <param name="End">How it will end.</param>
    public sealed record Stopping(SweepEnd End, string Because) : SweepState;

    public sealed record Ended(SweepEnd End, string Because, DateTimeOffset At) : SweepState;
}

/// <summary>How a sweep ended.</summary>
public enum SweepEnd
{
    /// <summary>By its budget, or with nothing left to try.</summary>
    Completed,

    /// <summary>Somebody stopped it, or the run that waited for it ended.</summary>
    Stopped,

    /// <summary>Too many trials failed, or none succeeded.</summary>
    Failed,
}
