using System.Runtime.InteropServices;
using MLPlatform.Vlps.Tables;
using Xunit;

namespace MLPlatform.Tests.Vlps.Tables;

public sealed unsafe class SegmentTests
{
    /// <param name="homes">Over how many lines the slots are spread: few make long runs of full lines, and room that is out of reach.</param>
    [Theory]
    [InlineData(3)]
    [InlineData(20)]
    [InlineData(60)]
    [InlineData(256)]
    public void A_segment_holds_each_slot_once_also_when_one_found_no_room(int homes)
    {
        var random = new Random(homes);
        for (int round = 0; round < 20; round++)
        {
            ulong* segment = (ulong*)NativeMemory.AllocZeroed(Segment.Bytes), slots = (ulong*)NativeMemory.Alloc(Segment.Bytes);
            byte* lines = (byte*)NativeMemory.Alloc(Segment.Slots);
            Dictionary<uint, int> placed = [];
            int refused = 0;
            for (uint link = 1; link <= Segment.Slots; link++)
            {
                int home = random.Next(homes);
                if (Segment.Place(segment, home, (uint)random.Next(1 << 20), link))
                    placed.Add(link, home);
                else
                    refused++;
            }
            Dictionary<uint, int> found = Gathered(segment, slots, lines);
            Assert.Equal(placed.OrderBy(p => p.Key), found.OrderBy(p => p.Key));
            Assert.Equal(homes < 256, refused > Segment.Slots / 10);

            // Put back in that order, all find room again.
            int count = found.Count;
            NativeMemory.Clear(segment, Segment.Bytes);
            for (int i = 0; i < count; i++)
                Assert.True(Segment.Place(segment, lines[i], Segment.TagOf(slots[i]), Segment.LinkOf(slots[i])));
            Assert.Equal(placed.OrderBy(p => p.Key), Gathered(segment, slots, lines).OrderBy(p => p.Key));
            NativeMemory.Free(segment);
            NativeMemory.Free(slots);
            NativeMemory.Free(lines);
        }
    }

    private static Dictionary<uint, int> Gathered(ulong* segment, ulong* slots, byte* lines)
    {
        int count = Segment.Gather(segment, slots, lines);
        return Enumerable.Range(0, count).ToDictionary(i => Segment.LinkOf(slots[i]), i => (int)lines[i]);
    }
}
