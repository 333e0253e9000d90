using MLPlatform.Bees.Settings;

namespace MLPlatform.Bees.Agents;

/// <summary>How much memory buffers may take.</summary>
internal static class Buffers
{
    /// <summary>How much of a file is read at once: room for two records of the longest kind, whatever the limit.</summary>
    public static int WindowBytes(AgentSettings settings)
    {
        long longest = (long)settings.Sources.Select(s => s.MaxRecordBytes.Value).DefaultIfEmpty().Max();
        long share = (long)settings.Limits.Memory.Value / 128; // The runtime needs most of it, and a batch stands in four buffers on its way.
        return (int)Math.Max(Math.Min(share, 1 << 20), 2 * longest + 4096);
    }
}
