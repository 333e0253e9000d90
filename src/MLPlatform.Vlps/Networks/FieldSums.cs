using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using MLPlatform.Vlps.Arithmetic;
using MLPlatform.Vlps.Batches;
using MLPlatform.Vlps.Stepping;

namespace MLPlatform.Vlps.Networks;

/// <summary>
/// The sums of a factorization machine's samples over rows of 16 factors, field by field: every member sums the rows of its own
/// fields for all samples of a batch, so a row is read where it was looked up and will be stepped. Between processors' caches only
/// sums change places, one line a sample, in place of half of its rows twice.
/// <para>
/// Fields are in groups, and groups are added as leaves of one tree, so the sums are the same bytes however many members share
/// the groups out. Which field is in which group follows from the first batch of a block alone: a training that goes on from a
/// checkpoint, which is at the end of a block, has the same groups.
/// </para>
/// </summary>
internal sealed unsafe class FieldSums : IDisposable
{
    // Samples that are summed before groups are added to each other: few enough for the first cache.
    private const int Piece = 16;

    // Rows are asked for so many samples before they are read.
    private const int Ahead = 4;

    private const int Width = 16;

    // So many groups are always shared out; more of them only if each has some fields, or members would have unequal shares.
    private const int AlwaysGroups = 8, FieldsOfGroup = 3;

    // The work of an id's row, beside that of a place.
    private const int RowCost = 4;

    private readonly IReadOnlyList<FieldPlan> _fields;
    private readonly IReadOnlyList<RowUpdater> _updaters;
    private readonly int _groups, _members, _size;
    private readonly int[][] _inGroup;
    private readonly int[] _memberOf;
    private readonly FloatBuffer?[] _sums, _rests;
    private readonly FloatBuffer _scratch;
    private readonly int _scratchFloats;
    private readonly bool _possible;

    /// <param name="network">The network.</param>
    /// <param name="size">Samples that a batch has at most.</param>
    /// <param name="groups">Groups of fields.</param>
    /// <param name="members">Threads that share the groups out.</param>
    public FieldSums(Network network, int size, int groups, int members)
    {
        (_fields, _updaters, _size) = (network.Fields, network.Updaters, size);
        (_groups, _members) = (groups, members);
        _possible = network.Level == SimdLevel.Avx512 && network.SumWidth == Width && (groups <= AlwaysGroups || FieldsOfGroup * groups <= network.Fields.Count)
            && network.Updaters.All(u => u.Layout == network.Updaters[0].Layout) && !network.Fields.Any(f => f.Many);
        (_inGroup, _memberOf) = ([.. Enumerable.Repeat(Array.Empty<int>(), groups)], new int[network.Fields.Count]);
        (_sums, _rests) = (new FloatBuffer[NodeCount(groups)], new FloatBuffer[NodeCount(groups)]);
        int depth = System.Numerics.BitOperations.Log2((uint)groups) + 2;
        _scratchFloats = depth * Piece * (Width + 1);
        _scratch = new FloatBuffer(_possible ? (long)_scratchFloats * Math.Max(groups, members) : 0);
        if (_possible)
            Share(1, 0, groups, node => (_sums[node], _rests[node]) = (new FloatBuffer((long)size * Width), new FloatBuffer(size)));
    }

    /// <summary>Whether the sums of the batch are taken here; where not, lanes read the rows.</summary>
    public bool Taken { get; private set; }

    /// <summary>Shares the fields of a block out.</summary>
    /// <param name="batch">The first batch of the block, with its ids told apart.</param>
    public void Begin(BatchView batch)
    {
        Taken = _possible && !batch.Block.Fields.Any(f => f.Weighted);
        if (!Taken)
            return;
        long[] loads = new long[_sums.Length];
        var groups = new List<int>[_groups];
        for (int g = 0; g < _groups; g++)
            groups[g] = [];
        foreach (int field in Enumerable.Range(0, _fields.Count).OrderByDescending(f => batch.Indexes[f].Distinct))
        {
            long load = batch.Rows + ((long)RowCost * batch.Indexes[field].Distinct);
            groups[Lightest(loads, load)].Add(field);
        }
        for (int g = 0; g < _groups; g++)
        {
            _inGroup[g] = [.. groups[g]];
            foreach (int field in groups[g])
                _memberOf[field] = MemberOf(g);
        }
    }

    /// <summary>Whose field it is.</summary>
    public int Owner(int field) => _memberOf[field];

    /// <summary>Sums the rows of a member's fields.</summary>
    public void Sum(BatchView batch, int member) => Share(1, 0, _groups, member, batch);

    /// <summary>The sums of some samples.</summary>
    /// <param name="lane">Whose scratch memory is used.</param>
    /// <param name="first">The first of them, in the batch.</param>
    /// <param name="count">How many.</param>
    /// <param name="sums">Receives of each the sum of its factors.</param>
    /// <param name="rests">Receives of each its linear weights less half the sum of all factors' squares.</param>
    public void Total(int lane, int first, int count, float* sums, float* rests)
    {
        for (int from = 0; from < count; from += Piece)
            Total(1, 0, _groups, first + from, Math.Min(Piece, count - from), sums + ((nint)from * Width), rests + from, Scratch(lane));
    }

    // From the root to the half that has less to do: so all halves of halves have about as much, and so do members.
    private int Lightest(long[] loads, long load)
    {
        int lo = 0, hi = _groups;
        for (int node = 1; hi - lo > 1;)
        {
            int middle = (lo + hi) / 2;
            bool right = loads[(2 * node) + 1] * (middle - lo) < loads[2 * node] * (hi - middle);
            (lo, hi, node) = right ? (middle, hi, (2 * node) + 1) : (lo, middle, 2 * node);
            loads[node] += load;
        }
        return lo;
    }

    // The tree: node n holds groups from lo to hi, its halves are nodes 2n and 2n + 1. A member sums the largest nodes that are wholly its own.
    private void Share(int node, int lo, int hi, Action<int> make)
    {
        if (MemberOf(lo) == MemberOf(hi - 1))
        {
            make(node);
            return;
        }
        Share(2 * node, lo, (lo + hi) / 2, make);
        Share((2 * node) + 1, (lo + hi) / 2, hi, make);
    }

    private void Share(int node, int lo, int hi, int member, BatchView batch)
    {
        if (MemberOf(hi - 1) < member || MemberOf(lo) > member)
            return;
        if (MemberOf(lo) != MemberOf(hi - 1))
        {
            Share(2 * node, lo, (lo + hi) / 2, member, batch);
            Share((2 * node) + 1, (lo + hi) / 2, hi, member, batch);
            return;
        }
        for (int from = 0; from < batch.Rows; from += Piece)
            Sum(batch, lo, hi, from, Math.Min(Piece, batch.Rows - from), _sums[node]!.Pointer + ((nint)from * Width), _rests[node]!.Pointer + from, Scratch(member));
    }

    private void Sum(BatchView batch, int lo, int hi, int first, int count, float* sums, float* rests, float* scratch)
    {
        if (hi - lo == 1)
        {
            if (_updaters[0].IsNarrow)
                SumGroup<NarrowFactors>(batch, _inGroup[lo], first, count, sums, rests);
            else
                SumGroup<WideFactors>(batch, _inGroup[lo], first, count, sums, rests);
            return;
        }
        float* otherSums = scratch, otherRests = scratch + (Piece * Width), deeper = otherRests + Piece;
        Sum(batch, lo, (lo + hi) / 2, first, count, sums, rests, deeper);
        Sum(batch, (lo + hi) / 2, hi, first, count, otherSums, otherRests, deeper);
        Add(otherSums, otherRests, count, sums, rests);
    }

    private void Total(int node, int lo, int hi, int first, int count, float* sums, float* rests, float* scratch)
    {
        if (_sums[node] is { } stored)
        {
            new ReadOnlySpan<float>(stored.Pointer + ((nint)first * Width), count * Width).CopyTo(new Span<float>(sums, count * Width));
            new ReadOnlySpan<float>(_rests[node]!.Pointer + first, count).CopyTo(new Span<float>(rests, count));
            return;
        }
        float* otherSums = scratch, otherRests = scratch + (Piece * Width), deeper = otherRests + Piece;
        Total(2 * node, lo, (lo + hi) / 2, first, count, sums, rests, deeper);
        Total((2 * node) + 1, (lo + hi) / 2, hi, first, count, otherSums, otherRests, deeper);
        Add(otherSums, otherRests, count, sums, rests);
    }

    private static void Add(float* otherSums, float* otherRests, int count, float* sums, float* rests)
    {
        for (int i = 0; i < count; i++)
        {
            Vector512.Store(Vector512.Load(sums + (i * Width)) + Vector512.Load(otherSums + (i * Width)), sums + (i * Width));
            rests[i] += otherRests[i];
        }
    }

    private void SumGroup<TFactors>(BatchView batch, int[] group, int first, int count, float* sums, float* rests)
        where TFactors : struct, IRowFactors
    {
        int fields = group.Length, linear = _updaters[0].Layout.LinearOffset, factors = _updaters[0].Layout.FactorsOffset;
        int** places = stackalloc int*[fields];
        nint** rows = stackalloc nint*[fields];
        for (int f = 0; f < fields; f++)
        {
            FieldIndex index = batch.Indexes[group[f]]; // Both arrays are pinned.
            places[f] = (int*)System.Runtime.CompilerServices.Unsafe.AsPointer(ref index.Places[0]) + first;
            rows[f] = (nint*)System.Runtime.CompilerServices.Unsafe.AsPointer(ref index.Pointers[0]);
        }
        int last = batch.Rows - first - 1;
        for (int i = 0; i < count; i++)
        {
            Vector512<float> sum = Vector512<float>.Zero, squares = Vector512<float>.Zero;
            float weights = 0;
            int next = Math.Min(i + Ahead, last);
            for (int f = 0; f < fields; f++)
            {
                byte* row = (byte*)rows[f][places[f][i]];
                byte* later = (byte*)rows[f][places[f][next]];
                Sse.Prefetch0(later);
                if (TFactors.Bytes > NarrowFactors.Bytes) // On two lines.
                    Sse.Prefetch0(later + factors + TFactors.Bytes - 1);
                weights += *(float*)(row + linear);
                Vector512<float> v = TFactors.Load(row + factors);
                sum += v;
                squares = Vector512.FusedMultiplyAdd(v, v, squares);
            }
            Vector512.Store(sum, sums + (i * Width));
            rests[i] = weights - (0.5f * Vector512.Sum(squares));
        }
    }

    private int MemberOf(int group) => group * _members / _groups;

    private float* Scratch(int of) => _scratch.Pointer + ((nint)of * _scratchFloats);

    private static int NodeCount(int groups) => 4 << System.Numerics.BitOperations.Log2((uint)groups);

    public void Dispose()
    {
        foreach (FloatBuffer? buffer in _sums.Concat(_rests))
            buffer?.Dispose();
        _scratch.Dispose();
    }
}
