namespace MLPlatform.Vlps.Declarations;

/// <summary>Whether the pieces of a declaration go together: names that are used exist, widths agree, towers are perceptrons.</summary>
internal sealed class DeclarationCheck
{
    private readonly List<DeclarationProblem> _problems = [];
    private readonly ModelDeclaration _model;
    private readonly SampleNames? _names;
    private readonly bool _named;

    private DeclarationCheck(ModelDeclaration declared, SampleNames? names) =>
        (_model, _names, _named) = (NamedModels.Expand(declared), names, declared.Parts.Count == 0);

    public static IReadOnlyList<DeclarationProblem> Of(ModelDeclaration declared, SampleNames? names)
    {
        var check = new DeclarationCheck(declared, names);
        check.Parts();
        check.Tasks();
        check.Fields();
        return check._problems;
    }

    private void Parts()
    {
        if (_model.Parts.Count == 0)
            Add("VLPS-006", "$.parts", _model.Model == ModelName.TwoTower
                ? "a two-tower model needs its two perceptrons in 'parts', named left and right, each with the 'fields' it reads"
                : "a model needs 'model' or 'parts'");
        var before = new List<string>();
        for (int i = 0; i < _model.Parts.Count; i++)
        {
            PartDeclaration part = _model.Parts[i];
            string path = $"$.parts[{i}]", name = part.Name ?? PartNames.Of(part.Part);
            // Where the model's name gives the parts, only tasks of one name give them one name, and those are told.
            if (before.Contains(name) && !_named)
                Add("VLPS-005", part.Name is null ? path : path + ".name", $"there are two parts named '{name}'; give one of them another 'name'");
            if (part.Task is { } task && _model.Tasks.All(t => t.Name != task))
                Add("VLPS-004", path + ".task", $"there is no task '{task}'; {NearName.Hint(task, [.. _model.Tasks.Select(t => t.Name)])}");
            Reads(part, path, before);
            Layers(part, path);
            before.Add(name);
        }
        if (_model.Parts.Any(p => p.Part == PartKind.Perceptron && (_named || p.Layers is null)))
            Units(_model.Layers, "$.layers");
        foreach (PartKind once in new[] { PartKind.Pairs, PartKind.WeightedPairs })
        {
            if (Second(p => p.Part == once) is { } second)
                Add("VLPS-005", second + ".part", $"there are two parts of the kind '{PartNames.Of(once)}'; a model has one");
        }
        for (int task = 0; task < _model.Tasks.Count; task++)
        {
            if (!_named && Second(p => p.Part == PartKind.Linear && (p.Task ?? _model.Tasks[0].Name) == _model.Tasks[task].Name) is { } second)
                Add("VLPS-005", second, $"the task '{_model.Tasks[task].Name}' has two linear parts");
        }
    }

    // Where the second of these parts stands, if there is one.
    private string? Second(Func<PartDeclaration, bool> which) =>
        Enumerable.Range(0, _model.Parts.Count).Where(i => which(_model.Parts[i])).Skip(1).Select(i => $"$.parts[{i}]").FirstOrDefault();

    private void Reads(PartDeclaration part, string path, List<string> before)
    {
        bool layered = part.Part is PartKind.Cross or PartKind.Perceptron;
        string[] readable = [.. _model.Parts.Where(p => p.Part is PartKind.Cross or PartKind.Perceptron).Select(p => p.Name ?? PartNames.Of(p.Part)).Intersect(before)];
        if (part.Reads is { } other && !layered)
            Add("VLPS-007", path + ".reads", $"a part of the kind '{PartNames.Of(part.Part)}' reads the embeddings; only cross and perceptron read other parts");
        else if (part.Reads is { } source && !readable.Contains(source))
            Add("VLPS-004", path + ".reads", $"there is no cross or perceptron '{source}' before it; {NearName.Hint(source, readable)}");
        if (part.Fields is not { } fields)
            return;
        if (part.Part != PartKind.Perceptron || part.Reads is not null)
            Add("VLPS-007", path + ".fields", "only a perceptron that reads the embeddings can name the fields it reads");
        else if (!_model.Tasks.Any(t => t.Towers?.Contains(part.Name ?? PartNames.Of(part.Part)) == true)) // Other parts count on all fields beside each other.
            Add("VLPS-007", path + ".fields", "only the towers of a two-tower model name the fields they read; a part of any other reads all");
        if (fields.Count == 0)
            Add("VLPS-006", path + ".fields", "it names no fields");
        for (int i = 0; i < fields.Count && _names is not null; i++)
        {
            if (!_names.Fields.Contains(fields[i]) && !_names.Numbers.Contains(fields[i]))
                Add("VLPS-004", $"{path}.fields[{i}]", $"there is no field '{fields[i]}'; {NearName.Hint(fields[i], [.. _names.Fields, .. _names.Numbers])}");
        }
    }

    private void Layers(PartDeclaration part, string path)
    {
        if (part.Layers is { } layers && part.Part != PartKind.Perceptron)
            Add("VLPS-007", path + ".layers", "only a perceptron has layers");
        if (part.CrossLayers is not null && part.Part != PartKind.Cross)
            Add("VLPS-007", path + ".crossLayers", "only a part of the kind 'cross' has cross layers");
        if (part.Part == PartKind.Perceptron && part.Layers is { } own && !_named)
            Units(own, path + ".layers");
    }

    private void Units(IReadOnlyList<int> layers, string path)
    {
        if (layers.Count == 0)
            Add("VLPS-006", path, "a perceptron needs a layer");
        for (int i = 0; i < layers.Count; i++)
        {
            if (layers[i] is < 1 or > 8192)
                Add("VLPS-003", $"{path}[{i}]", $"a layer has from 1 to 8192 units, not {layers[i]}");
        }
    }

    private void Tasks()
    {
        string[] names = [.. _model.Tasks.Select(t => t.Name)];
        for (int i = 0; i < _model.Tasks.Count; i++)
        {
            TaskDeclaration task = _model.Tasks[i];
            string path = $"$.tasks[{i}]";
            if (names.Take(i).Contains(task.Name))
                Add("VLPS-005", path + ".name", $"there are two tasks named '{task.Name}'");
            if (i > 0 && task.Label is null)
                Add("VLPS-002", path, "'label' is missing: only the first task has the training's label");
            if (task.Given is { } given && !names.Take(i).Contains(given))
                Add("VLPS-004", path + ".given", $"there is no task '{given}' before it; {NearName.Hint(given, [.. names.Take(i)])}");
            else if (task.Given is not null && _model.Tasks.First(t => t.Name == task.Given).Given is not null)
                Add("VLPS-007", path + ".given", $"'{task.Given}' itself is given another task; only one step is possible");
            if (task.Towers is not null)
                Towers(task, path);
            else if (_model.Parts.Count > 0 && _model.Parts.All(p => (p.Task ?? names[0]) != task.Name))
                Add("VLPS-006", path, $"no part is for the task '{task.Name}'");
        }
    }

    private void Towers(TaskDeclaration task, string path)
    {
        if (task.Towers is not [var left, var right] || left == right)
        {
            Add("VLPS-008", path + ".towers", "name two perceptrons");
            return;
        }
        PartDeclaration?[] towers = [.. new[] { left, right }.Select(name => _model.Parts.FirstOrDefault(p => p.Part == PartKind.Perceptron && (p.Name ?? "perceptron") == name))];
        if (_model.Parts.Count > 0 && towers.Any(t => t is null))
            Add("VLPS-004", path + ".towers", $"'{left}' or '{right}' is no perceptron of this model");
        else if (towers.Any(t => t is { Fields: null }))
            Add("VLPS-008", path + ".towers", "each tower must name the 'fields' it reads");
        else if (towers is [{ } l, { } r] && Width(l) != Width(r))
            Add("VLPS-008", path + ".towers", "the last layers of both towers must have the same number of units");
        else if (towers is [{ Fields: { } a }, { Fields: { } b }] && a.Intersect(b).FirstOrDefault() is { } both)
            Add("VLPS-008", path + ".towers", $"'{both}' is read by both towers");
        else if (towers is [{ Fields: { } x }, { Fields: { } y }] && Unread([.. x, .. y]) is { } neither)
            Add("VLPS-008", path + ".towers", $"the field '{neither}' is read by neither tower; name it in the 'fields' of one, or leave its feature out");
        if (_model.Tasks.Count > 1 || _model.Parts.Count > 2)
            Add("VLPS-008", path + ".towers", "a model with towers has nothing but the two towers and the one task");
    }

    // Where a name is wrong that is told, and the field that was meant is no second mistake.
    private string? Unread(IReadOnlyList<string> read) =>
        _names is { } names && !read.Except([.. names.Fields, .. names.Numbers]).Any() ? names.Fields.Except(read).FirstOrDefault() : null;

    private int Width(PartDeclaration tower) => (tower.Layers ?? _model.Layers) is [.., int last] ? last : 0;

    private void Fields()
    {
        foreach (string name in _model.Except.Keys.Where(n => _names is { } known && !known.Fields.Contains(n)))
            Add("VLPS-004", DeclarationPath.Of("$.except", name), $"there is no field '{name}'; {NearName.Hint(name, _names!.Fields)}");
        bool pairs = _model.Parts.Any(p => p.Part is PartKind.Pairs or PartKind.WeightedPairs);
        foreach (string name in pairs ? _model.Except.Where(e => e.Value.Dim is { } dim && dim != (_model.Fields.Dim ?? 16)).Select(e => e.Key) : [])
            Add("VLPS-007", DeclarationPath.Of("$.except", name) + ".dim", "pairs of fields need factors of one dimension");
    }

    private void Add(string code, string path, string message) => _problems.Add(new(code, path, message));
}
