using MLPlatform.Vlps.Arithmetic;
using MLPlatform.Vlps.Batches;
using MLPlatform.Vlps.Networks.Parts;
using MLPlatform.Vlps.Tables;
using MLPlatform.Vlps.Training;

namespace MLPlatform.Vlps.Networks;

/// <summary>
/// Trains a network on blocks, batch after batch. All gradients of a batch are taken at the weights before it, dense ones
/// are summed lane after lane, and each row is stepped once by one thread: with the same lanes, the same seed gives the
/// same bytes, however many threads there are and however fast they run.
/// </summary>
internal sealed unsafe class NetworkTrainer : IDisposable
{
    private const int DensePiece = 4096;

    private readonly Network _network;
    private readonly int _batchSize, _lanes;
    private readonly float _denseRate;
    private readonly BatchView _batch;
    private readonly RowSteps _steps;
    private readonly LinearWeights _weights;
    private readonly FieldSums _sums;
    private readonly Lane[] _lane;
    private readonly Objective _objective;
    private readonly Crew _crew;
    private readonly FloatBuffer _empty;
    private readonly (Part Part, int Piece)[] _preparations;
    private readonly TowersPart? _towers;
    private readonly Action<int> _work;
    private readonly Action _advance, _rewind;
    private readonly int[] _order, _costs, _owners, _turns;
    private FieldBlock _block = null!;
    private float[][] _scores = null!;
    private int _ahead, _piece, _preparation, _turn;
    private bool _absent;

    public NetworkTrainer(Network network, int batch, int lanes, int threads, float denseRate)
    {
        (_network, _batchSize, _lanes, _denseRate) = (network, batch, lanes, denseRate);
        _crew = new Crew(Math.Min(threads, Math.Max(lanes, network.Fields.Count)));
        _batch = new BatchView(network, batch, _crew.Size);
        _steps = new RowSteps(network, _batch);
        _lane = [.. Enumerable.Range(0, lanes).Select(network.NewLane)];
        _objective = new Objective(network.Tasks);
        _batch.Weights = _weights = new LinearWeights(network, batch, _crew.Size);
        _sums = new FieldSums(network, batch, lanes, _crew.Size);
        _empty = new FloatBuffer(network.Fields.Max(f => f.Layout.Bytes));
        _towers = network.Parts.OfType<TowersPart>().SingleOrDefault();
        _preparations = [.. network.Parts.SelectMany(p => Enumerable.Range(0, p.Preparations).Select(i => (p, i)))];
        (_work, _advance, _rewind) = (Work, Advance, Rewind);
        (_order, _costs) = ([.. Enumerable.Range(0, network.Fields.Count)], new int[network.Fields.Count]);
        (_owners, _turns) = (new int[network.Fields.Count], new int[network.Fields.Count]);
    }

    /// <summary>Steps taken so far.</summary>
    public uint Steps { get; set; }

    /// <summary>Trains on all samples of a block, in their order.</summary>
    /// <param name="scores">
    /// Of each task, receives every sample's chance as it was before the sample was learned from. Of towers it is the chance of a sample's own right side
    /// among those of its chunk, and 0 where its label is 0.
    /// </param>
    public void Train(FieldBlock block, float[][] scores)
    {
        (_block, _scores) = (block, scores);
        if (Steps == 0)
            BeginBiases(block);
        _batch.Set(block, 0, 0);
        (_ahead, _piece) = (0, 0);
        _turn++;
        _crew.Run(_work);
    }

    // A turn goes over the fields: each is stepped by the batch that was computed, and at once looks up its ids of the next.
    // So members meet as seldom as can be, and where one waits for another, it is at the end of much work.
    private void Work(int member)
    {
        while (true)
        {
            Turn(member);
            _crew.Barrier.Wait(_advance);
            if (_batch.Rows == 0)
                return;
            if (_absent || _preparations.Length > 0)
            {
                Prepare(member);
                _crew.Barrier.Wait();
            }
            if (_sums.Taken)
            {
                _sums.Sum(_batch, member);
                _crew.Barrier.Wait();
            }
            for (int lane = member; lane < _lanes; lane += _crew.Size)
                Run(_lane[lane]);
            _crew.Barrier.Wait(_rewind);
        }
    }

    private int RowsAhead => Math.Min(_batchSize, _block.Rows - _ahead);

    // A member begins with the fields that it had last time, whose rows are in its cache; then it helps with what is left.
    private void Turn(int member)
    {
        for (int others = 0; others < 2; others++)
        {
            foreach (int field in _order)
            {
                if (Volatile.Read(ref _owners[field]) == member == (others == 0) && Claim(field))
                {
                    if (!_sums.Taken)
                        Volatile.Write(ref _owners[field], member);
                    Turn(field, member);
                }
            }
        }
        int length = _network.Parameters.Length, pieces = _batch.Rows == 0 ? 0 : (length + DensePiece - 1) / DensePiece;
        for (int i = Next(ref _piece); i < pieces; i = Next(ref _piece))
            _network.Parameters.Step(i * DensePiece, Math.Min(length, (i + 1) * DensePiece), _denseRate, 1f / _batch.Rows);
    }

    // Whether the caller is the first to ask for a field in this turn.
    private bool Claim(int field)
    {
        int turn = _turn, before = Volatile.Read(ref _turns[field]);
        return before != turn && Interlocked.CompareExchange(ref _turns[field], turn, before) == before;
    }

    private void Turn(int field, int member)
    {
        nint empty = (nint)_empty.Pointer;
        FieldIndex index = _batch.Indexes[field];
        EmbeddingTable table = _network.Tables[_network.TableOf[field]];
        if (_batch.Rows > 0)
        {
            if (_weights.Of(field) != null)
                _weights.Step(field, index, _batch.Errors, member, empty);
            else
                _steps.Step(field, Steps, empty);
            index.Release(table, empty);
        }
        if (RowsAhead == 0)
            return;
        index.Build(_block.Fields[field], _ahead, RowsAhead, table, _network.Updaters[field], Steps + 1, empty);
        _weights.Take(field, _block.Fields[field], index, empty);
    }

    // On to the batch whose ids were looked up.
    private void Advance()
    {
        _batch.Set(_block, _ahead, RowsAhead);
        if (_batch.Rows == 0)
            return;
        if (_ahead == 0)
            BeginSums();
        Steps++;
        _ahead += _batch.Rows;
        (_absent, _preparation) = (false, 0);
        foreach (FieldIndex index in _batch.Indexes)
            _absent |= index.Absent > 0;
    }

    private void BeginSums()
    {
        _sums.Begin(_batch);
        _batch.FieldSums = _sums.Taken ? _sums : null;
        for (int field = 0; _sums.Taken && field < _owners.Length; field++)
            _owners[field] = _sums.Owner(field);
    }

    // The fields with the most work first, so that members end at the same time.
    private void Rewind()
    {
        _piece = 0;
        _turn++;
        for (int i = 0; i < _order.Length; i++)
            _costs[i] = -_batch.Indexes[_order[i]].Distinct;
        Array.Sort(_costs, _order);
    }

    // New ids, each member those of its partitions; and what parts prepare from the weights of the last step.
    private void Prepare(int member)
    {
        for (int f = 0; f < _network.Fields.Count; f++)
            _batch.Indexes[f].Add(_network.Tables[_network.TableOf[f]], _network.Updaters[f], Steps, member);
        for (int i = Next(ref _preparation); i < _preparations.Length; i = Next(ref _preparation))
            _preparations[i].Part.Prepare(_network.Parameters.Values, _preparations[i].Piece);
    }

    // The base rate of the first block saves the first steps from learning it through every weight at once.
    private void BeginBiases(FieldBlock block)
    {
        foreach (LinearPart part in _network.Parts.OfType<LinearPart>())
        {
            double positives = 0;
            foreach (float label in block.Labels(part.Head))
                positives += label;
            double rate = (positives + 1) / (block.Rows + 2);
            _network.Parameters.Values[part.Bias] = (float)Math.Log(rate / (1 - rate));
        }
    }

    private void Run(Lane lane)
    {
        int chunks = (_batch.Rows + _batch.Stride - 1) / _batch.Stride;
        lane.Batch = _batch;
        lane.Parameters = _network.Parameters.Values;
        lane.Gradients = _network.Parameters.Gradients(lane.Number);
        int tasks = _network.Tasks.Count;
        for (int chunk = chunks * lane.Number / _lanes; chunk < chunks * (lane.Number + 1) / _lanes; chunk++)
        {
            lane.First = chunk * _batch.Stride;
            lane.Rows = Math.Min(_batch.Stride, _batch.Rows - lane.First);
            lane.InputGradients = _batch.InputGradients + ((nint)chunk * _batch.ChunkFloats);
            int row = _batch.First + lane.First;
            lane.Numbers = Pinned(_block.NumberArray) + ((nint)row * _network.Numbers.Count);
            lane.Weights = Pinned(_block.WeightArray) + row;
            _network.Forward(lane);
            for (int task = 0; task < tasks; task++)
            {
                lane.Labels(task) = Pinned(_block.LabelArray(task)) + row;
                fixed (float* scores = _scores[task])
                    _objective.Score(lane, task, scores + row);
            }
            _objective.Errors(lane);
            new Span<float>(lane.Errors(_network.LinearTask), lane.Rows).CopyTo(new Span<float>(_batch.Errors + lane.First, lane.Rows));
            _network.Backward(lane);
            _towers?.Chances(lane, _scores[0].AsSpan(row, lane.Rows));
        }
    }

    private static int Next(ref int counter) => Interlocked.Increment(ref counter) - 1;

    // The arrays of a block are allocated where the collector does not move them.
    private static float* Pinned(float[] array) =>
        (float*)System.Runtime.CompilerServices.Unsafe.AsPointer(ref System.Runtime.InteropServices.MemoryMarshal.GetArrayDataReference(array));

    public void Dispose()
    {
        _crew.Dispose();
        foreach (Lane lane in _lane)
            lane.Dispose();
        _weights.Dispose();
        _sums.Dispose();
        _batch.Dispose();
        _empty.Dispose();
    }
}
