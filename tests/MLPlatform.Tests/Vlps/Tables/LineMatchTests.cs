using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using MLPlatform.Vlps.Tables;
using Xunit;

namespace MLPlatform.Tests.Vlps.Tables;

public sealed unsafe class LineMatchTests
{
    [Fact]
    public void All_widths_find_the_same_slots()
    {
        var random = new Random(5);
        ulong* line = (ulong*)NativeMemory.AlignedAlloc(64, 64);
        for (int round = 0; round < 2000; round++)
        {
            for (int i = 0; i < Segment.LineSlots; i++)
                line[i] = random.Next(3) == 0 ? 0 : Segment.Slot((uint)random.Next(1, 4), (uint)random.Next(3));
            uint low = (uint)random.Next(3);
            (uint, uint) expected = (LineMatch.FindScalar(line, low, out uint empty), empty);
            Assert.Equal(expected, (LineMatch.Find(line, low, out empty), empty));
            if (Vector256.IsHardwareAccelerated)
                Assert.Equal(expected, (LineMatch.Find256(line, low, out empty), empty));
            if (Vector512.IsHardwareAccelerated)
                Assert.Equal(expected, (LineMatch.Find512(line, low, out empty), empty));
        }
        NativeMemory.AlignedFree(line);
    }
}
