using MLPlatform.Vlps.Batches;
using Xunit;

namespace MLPlatform.Tests.Vlps.Batches;

public sealed class FieldIndexTests
{
    [Fact]
    public void Ids_are_told_apart_whatever_batches_of_other_fields_left()
    {
        var random = new Random(7);
        var index = new FieldIndex();
        for (int batch = 0; batch < 300; batch++)
        {
            int count = random.Next(0, 3000), values = random.Next(1, 5000);
            ulong[] ids = [.. Enumerable.Range(0, count).Select(_ => Samples.Id("f", random.Next(values)))];
            var column = new FieldColumn(many: false, weighted: false);
            ids.CopyTo(column.Fill(count));

            index.Distinguish(column, 0, count);

            ulong[] distinct = [.. ids.Distinct()];
            Assert.Equal(distinct, index.Ids[..index.Distinct]);
            Assert.Equal(ids, index.Places[..count].Select(u => index.Ids[u]));
            for (int u = 0; u < distinct.Length; u++)
            {
                var chain = new List<int>();
                for (int place = index.Heads[u]; place >= 0; place = index.Next[place])
                    chain.Add(place);
                Assert.Equal(Enumerable.Range(0, count).Where(i => ids[i] == distinct[u]).Reverse(), chain);
                Assert.Equal(chain.Count, index.Counts[u]);
                if (u > 40)
                    break; // The first ones occur most; all chains would be a million comparisons a batch.
            }
        }
    }

    [Fact]
    public void Numbers_of_batches_begin_anew_before_they_overflow()
    {
        var slots = new DistinctSlots();
        int bits = slots.Begin(100, out int zero);
        slots.Slots.AsSpan(0, 1 << bits).Fill(zero + 99);
        slots.End(int.MaxValue - 100 - zero);

        slots.Begin(100, out zero);
        Assert.Equal(int.MaxValue - 100, zero);
        Assert.Equal((1 << bits, 99 + 1), (slots.Slots.Count(s => s < zero), slots.Slots[0]));
        slots.Slots[5] = int.MaxValue - 1;
        slots.End(100);

        slots.Begin(100, out zero);
        Assert.Equal(1, zero);
        Assert.All(slots.Slots, s => Assert.True(s < zero));
    }
}
