using MLPlatform.Bees.Settings;

namespace MLPlatform.Bees.Agents;

/// <summary>How much of a file is read at once, in bytes.</summary>
/// <param name="Usual">What is enough for nearly all records.</param>
/// <param name="Most">Room for two records of the longest kind, whatever the limit; taken when one is met that needs it.</param>
internal readonly record struct Buffers(int Usual, int Most)
{
    public static Buffers For(AgentSettings settings)
    {
        long longest = (long)settings.Sources.Select(s => s.MaxRecordBytes.Value).DefaultIfEmpty().Max();
        // The runtime needs most of it, and a batch stands in five buffers on its way; on its way to a folder in one,
        // and each has to be on the disk before the next.
        long share = (long)settings.Limits.Memory.Value / (settings.Sink is FolderSinkSettings ? 64 : 256);
        int usual = (int)Math.Min(share, 1 << 20);
        return new Buffers(usual, (int)Math.Max(usual, 2 * longest + 4096));
    }
}
