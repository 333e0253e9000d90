using MLPlatform.Core.Activities;
using MLPlatform.Core.Bees;
using MLPlatform.Core.Runs;

namespace MLPlatform.Storage.Bees;

/// <summary>Reads a segment from its beginning and says how much of it is whole.</summary>
internal static class SegmentScan
{
    /// <param name="each">Gets every whole batch, in order, with the bytes of its frame.</param>
    /// <param name="limit">Read no further: what comes behind is being written.</param>
    /// <returns>Bytes up to the end of the last whole batch.</returns>
    /// <exception cref="ActivityException">BEES-059: something that is not a batch stands before one that is.</exception>
    public static long Read(string file, Action<Batch, int> each, long limit = long.MaxValue)
    {
        ReadOnlyMemory<byte> all = File.ReadAllBytes(file);
        ReadOnlyMemory<byte> bytes = all[..(int)Math.Min(limit, all.Length)];
        int at = 0;
        while (at < bytes.Length && BatchReading.Read(bytes[at..]) is BatchReading.Whole whole)
        {
            each(whole.Batch, whole.Length);
            at += whole.Length;
        }
        // A power cut leaves an unfinished end. A whole batch behind something broken means that kept bytes were changed.
        for (int next = at + 1; next < bytes.Length; next++)
        {
            int found = bytes.Span[next..].IndexOf("BEE1"u8);
            if (found < 0)
                break;
            next += found;
            if (BatchReading.Read(bytes[next..]) is BatchReading.Whole)
                throw new ActivityException("BEES-059",
                    $"The segment '{file}' is damaged at byte {at}: whole batches follow from byte {next} on. "
                    + "Bring the file back from a copy; or, to go on without what is broken, cut bytes out so that the batches follow each other.", FailureKind.Infrastructure);
        }
        return at;
    }
}
