using MLPlatform.Vlps.Arithmetic;
using MLPlatform.Vlps.Declarations;
using MLPlatform.Vlps.Networks.Parts;
using MLPlatform.Vlps.Stepping;
using MLPlatform.Vlps.Tables;

namespace MLPlatform.Vlps.Networks;

/// <summary>Puts a network together from its declaration, which was checked, and what the samples have.</summary>
internal sealed class NetworkAssembly
{
    private readonly ModelDeclaration _model;
    private readonly SampleColumns _columns;
    private readonly NetworkBuilder _builder;
    private readonly NetworkSetup _setup;
    private readonly Dictionary<string, Tensor> _outputs = new(StringComparer.Ordinal);
    private readonly FieldPlan[] _fields;
    private readonly RowUpdater[] _updaters;
    private readonly List<InputGroup> _groups = [];
    private readonly List<Tensor> _inputs = [];
    private readonly List<Part> _gatherings = [];
    private readonly Dictionary<string, Part[]> _layers = new(StringComparer.Ordinal);
    private readonly bool _direct;
    private readonly int _linearTask;

    private NetworkAssembly(ModelDeclaration declared, SampleColumns columns, NetworkSetup setup, SimdLevel level, int stride)
    {
        _model = NamedModels.Expand(declared);
        (_columns, _setup, _builder) = (columns, setup, new NetworkBuilder(level, stride));
        _linearTask = TaskOf(_model.Parts.FirstOrDefault(p => p.Part == PartKind.Linear));
        _direct = ReadsRowsDirectly();
        Dictionary<int, int> groupOf = GroupFields();
        _fields = [.. columns.Fields.Select((f, i) => PlanOf(f, groupOf.GetValueOrDefault(i), ColumnOf(i, groupOf)))];
        _updaters = [.. _fields.Select(f => new RowUpdater(f.Layout, f.Dim, f.Step, setup.Seed, level))];
    }

    /// <param name="stride">Samples of a chunk, a multiple of 12.</param>
    public static Network Build(ModelDeclaration declared, SampleColumns columns, NetworkSetup setup, SimdLevel level, int stride) =>
        new NetworkAssembly(declared, columns, setup, level, stride).Build();

    private Network Build()
    {
        if (!_direct)
            Gather();
        foreach (PartDeclaration part in _model.Parts)
            Add(part);
        foreach (PartDeclaration part in _model.Parts.Where(p => _outputs.ContainsKey(NameOf(p)) && !IsRead(p)))
            _ = new LogitLayer(_builder, $"{NameOf(part)}/output", _outputs[NameOf(part)], TaskOf(part));
        var towers = new List<Tower>();
        for (int task = 0; task < _model.Tasks.Count; task++)
        {
            if (_model.Tasks[task].Towers is not [var left, var right])
                continue;
            AddTowers(task, left, right);
            towers.AddRange([TowerOf(left), TowerOf(right)]);
        }
        int sums = _direct && _model.Parts.Any(p => p.Part == PartKind.Pairs) ? _fields[0].Width : 0;
        return new Network(_builder, new NetworkShape(_fields, _updaters, _columns.Numbers, _model.Tasks, _groups, _inputs, sums, _linearTask) { Towers = towers }, _setup);
    }

    private void Add(PartDeclaration part)
    {
        string name = NameOf(part);
        int task = TaskOf(part), numbers = _columns.Numbers.Count;
        switch (part.Part)
        {
            case PartKind.Linear when _direct:
                AddDirect();
                _ = new LinearPart(_builder, name, task, task == _linearTask, numbers);
                break;
            case PartKind.Linear:
                _ = new LinearPart(_builder, name, task, task == _linearTask, numbers);
                break;
            case PartKind.Pairs when !_direct:
                _ = new PairsPart(_builder, name, _inputs[0], task, _fields.Length, _fields[0].Width, _fields[0].Dim, numbers);
                break;
            case PartKind.WeightedPairs:
                _ = new WeightedPairsPart(_builder, name, _inputs[0], task, _fields.Length, _fields[0].Width);
                break;
            case PartKind.Cross:
                _outputs[name] = Cross(part, name);
                break;
            case PartKind.Perceptron:
                _outputs[name] = Perceptron(part, name);
                break;
        }
    }

    // Rows are stepped by the errors of one task, so without a copy of their factors a factorization machine must be that task's, and only its.
    private bool ReadsRowsDirectly() => _model.Parts.All(p => p.Part == PartKind.Linear)
        || (_model.Parts.Select(p => p.Part).Order().SequenceEqual([PartKind.Linear, PartKind.Pairs]) && _model.Parts.Select(TaskOf).Distinct().Count() == 1);

    private Tower TowerOf(string name)
    {
        int group = GroupOfTower(name);
        return new Tower(name, _groups[group].Fields, [_gatherings[group], .. _layers[name]], _outputs[name]);
    }

    private int GroupOfTower(string name) => GroupOf(_model.Parts.First(p => NameOf(p) == name));

    private void AddTowers(int task, string left, string right)
    {
        InputGroup side = _groups[GroupOfTower(right)];
        _ = new TowersPart(
            _builder, _outputs[left], _outputs[right], task, (float)_model.Tasks[task].Temperature, [.. side.Fields.Where(f => !_fields[f].Many)], _updaters);
    }

    private void AddDirect()
    {
        bool pairs = _model.Parts.Any(p => p.Part == PartKind.Pairs);
        _ = new RowPairsPart(_builder, "pairs", _linearTask, _fields, _updaters, pairs ? _fields[0].Width : 0, pairs ? _fields[0].Dim : 0, _columns.Numbers.Count);
    }

    private Tensor Cross(PartDeclaration part, string name)
    {
        Tensor first = Read(part), x = first;
        for (int layer = 0; layer < (part.CrossLayers ?? 2); layer++)
            x = new CrossLayer(_builder, $"{name}/{layer + 1}", first, x).Output;
        return x;
    }

    // A tower's last layer is its embedding, which may be negative.
    private Tensor Perceptron(PartDeclaration part, string name)
    {
        Tensor x = Read(part);
        IReadOnlyList<int> layers = part.Layers ?? _model.Layers;
        bool tower = IsTower(name);
        var made = new DenseLayer[layers.Count];
        for (int layer = 0; layer < layers.Count; layer++)
        {
            made[layer] = new DenseLayer(_builder, $"{name}/{layer + 1}", x, layers[layer], rectify: !tower || layer + 1 < layers.Count);
            x = made[layer].Output;
        }
        _layers[name] = made;
        return x;
    }

    private Tensor Read(PartDeclaration part) =>
        part.Reads is { } other ? _outputs[other] : _inputs[GroupOf(part)];

    private void Gather()
    {
        foreach (InputGroup group in _groups)
        {
            Tensor input = _builder.Input(group.Embedded, group.Numbers.Count);
            _gatherings.Add(new GatherPart(_builder, input, group, _fields, _updaters, _columns.Numbers.Count, first: _inputs.Count == 0));
            _inputs.Add(input);
        }
    }

    // One input for all, but for parts that name their fields: those have an input of their own.
    private Dictionary<int, int> GroupFields()
    {
        PartDeclaration[] own = [.. _model.Parts.Where(p => p.Fields is not null)];
        var groupOf = new Dictionary<int, int>();
        if (_direct)
            return groupOf;
        for (int i = 0; i < _columns.Fields.Count; i++)
            groupOf[i] = Math.Max(0, Array.FindIndex(own, p => p.Fields!.Contains(_columns.Fields[i].Name)));
        for (int g = 0; g < Math.Max(1, own.Length); g++)
        {
            int[] fields = [.. groupOf.Where(e => e.Value == g).Select(e => e.Key).Order()];
            int[] numbers = [.. Enumerable.Range(0, _columns.Numbers.Count).Where(n => own.Length == 0 || own[g].Fields!.Contains(_columns.Numbers[n]))];
            _groups.Add(new InputGroup(fields, numbers, fields.Sum(f => FieldPlan.WidthOf(DeclarationOf(_columns.Fields[f].Name).Dim ?? DefaultDim))));
        }
        return groupOf;
    }

    private int ColumnOf(int field, Dictionary<int, int> groupOf) => _direct ? 0 :
        _groups[groupOf[field]].Fields.TakeWhile(f => f != field).Sum(f => FieldPlan.WidthOf(DeclarationOf(_columns.Fields[f].Name).Dim ?? DefaultDim));

    private const int DefaultDim = 16;

    private FieldDeclaration DeclarationOf(string field) =>
        _model.Except.TryGetValue(field, out FieldDeclaration? own) ? own.Over(_model.Fields) : _model.Fields;

    private FieldPlan PlanOf(SampleField field, int group, int column)
    {
        FieldDeclaration d = DeclarationOf(field.Name);
        bool factors = _model.Parts.Any(p => p.Part != PartKind.Linear);
        int dim = factors ? d.Dim ?? DefaultDim : 0;
        var layout = new RowLayout(
            FieldPlan.WidthOf(dim), d.Precision ?? Precision.BFloat16, d.Optimizer ?? RowOptimizer.Adagrad, _model.Parts.Any(p => p.Part == PartKind.Linear));
        var step = new RowStep();
        step = step with
        {
            Rate = (float)(d.Rate ?? step.Rate),
            FirstSquares = (float)(d.FirstSquares ?? step.FirstSquares),
            L1 = (float)(d.L1 ?? step.L1),
            L2 = (float)(d.L2 ?? step.L2),
            FactorScale = (float)(d.FactorScale ?? step.FactorScale),
        };
        Pooling pooling = d.Pooling ?? Pooling.None;
        if (field.Many && pooling == Pooling.None)
            pooling = Pooling.Sum;
        return new FieldPlan(field.Name, group, column, dim, pooling, layout, step, d.MinCount ?? 1);
    }

    private int GroupOf(PartDeclaration part) =>
        part.Fields is null ? 0 : _model.Parts.Where(p => p.Fields is not null).ToList().IndexOf(part);

    private int TaskOf(PartDeclaration? part) =>
        part?.Task is { } name ? _model.Tasks.Select(t => t.Name).ToList().IndexOf(name) : 0;

    private bool IsTower(string name) => _model.Tasks.Any(t => t.Towers?.Contains(name) == true);

    private bool IsRead(PartDeclaration part) => IsTower(NameOf(part)) || _model.Parts.Any(p => p.Reads == NameOf(part));

    private static string NameOf(PartDeclaration part) => part.Name ?? PartNames.Of(part.Part);
}

/// <summary>What the samples of a training have, to be matched with a declaration.</summary>
/// <param name="Fields">Fields of ids.</param>
/// <param name="Numbers">Names of numbers.</param>
public sealed record SampleColumns(IReadOnlyList<SampleField> Fields, IReadOnlyList<string> Numbers);

/// <summary>A field of ids.</summary>
/// <param name="Many">Whether a sample has any number of ids.</param>
/// <param name="Weighted">Whether ids have values.</param>
public sealed record SampleField(string Name, bool Many, bool Weighted);
