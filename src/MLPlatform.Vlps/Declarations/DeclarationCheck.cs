namespace MLPlatform.Vlps.Declarations;

/// <summary>Whether the pieces of a declaration go together: names that are used exist, widths agree, towers are perceptrons.</summary>
internal sealed class DeclarationCheck
{
    private readonly List<DeclarationProblem> _problems = [];
    private readonly ModelDeclaration _model;
    private readonly SampleNames? _names;

    private DeclarationCheck(ModelDeclaration declared, SampleNames? names) => (_model, _names) = (NamedModels.Expand(declared), names);

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
            if (before.Contains(name))
                Add("VLPS-005", path, $"there are two parts named '{name}'; give one of them another 'name'");
            if (part.Task is { } task && _model.Tasks.All(t => t.Name != task))
                Add("VLPS-004", path + ".task", $"there is no task '{task}'; {NearName.Hint(task, [.. _model.Tasks.Select(t => t.Name)])}");
            Reads(part, path, before);
            Layers(part, path);
            before.Add(name);
        }
        foreach (PartKind once in new[] { PartKind.Pairs, PartKind.WeightedPairs })
        {
            if (_model.Parts.Count(p => p.Part == once) > 1)
                Add("VLPS-005", "$.parts", $"there are two parts of the kind '{PartNames.Of(once)}'; a model has one");
        }
        for (int task = 0; task < _model.Tasks.Count; task++)
        {
            if (_model.Parts.Count(p => p.Part == PartKind.Linear && (p.Task ?? _model.Tasks[0].Name) == _model.Tasks[task].Name) > 1)
                Add("VLPS-005", "$.parts", $"the task '{_model.Tasks[task].Name}' has two linear parts");
        }
    }

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
        foreach (string field in fields.Where(f => _names is { } n && !n.Fields.Contains(f) && !n.Numbers.Contains(f)))
            Add("VLPS-004", path + ".fields", $"there is no field '{field}'; {NearName.Hint(field, [.. _names!.Fields, .. _names.Numbers])}");
    }

    private void Layers(PartDeclaration part, string path)
    {
        if (part.Layers is { } layers && part.Part != PartKind.Perceptron)
            Add("VLPS-007", path + ".layers", "only a perceptron has layers");
        if (part.CrossLayers is not null && part.Part != PartKind.Cross)
            Add("VLPS-007", path + ".crossLayers", "only a part of the kind 'cross' has cross layers");
        IReadOnlyList<int> units = part.Part == PartKind.Perceptron ? part.Layers ?? _model.Layers : [];
        if (part.Part == PartKind.Perceptron && units.Count == 0)
            Add("VLPS-006", path + ".layers", "a perceptron needs a layer");
        if (units.Any(u => u is < 1 or > 8192))
            Add("VLPS-003", path + ".layers", "a layer has from 1 to 8192 units");
    }

    private void Tasks()
    {
        string[] names = [.. _model.Tasks.Select(t => t.Name)];
        for (int i = 0; i < _model.Tasks.Count; i++)
        {
            TaskDeclaration task = _model.Tasks[i];
            string path = $"$.tasks[{i}]";
            if (names.Take(i).Contains(task.Name))
                Add("VLPS-005", path, $"there are two tasks named '{task.Name}'");
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
        else if (towers is [{ } l, { } r] && (l.Layers ?? _model.Layers)[^1] != (r.Layers ?? _model.Layers)[^1])
            Add("VLPS-008", path + ".towers", "the last layers of both towers must have the same number of units");
        else if (towers is [{ Fields: { } a }, { Fields: { } b }] && a.Intersect(b).FirstOrDefault() is { } both)
            Add("VLPS-008", path + ".towers", $"'{both}' is read by both towers");
        if (_model.Tasks.Count > 1 || _model.Parts.Count > 2)
            Add("VLPS-008", path + ".towers", "a model with towers has nothing but the two towers and the one task");
    }

    private void Fields()
    {
        foreach (string name in _model.Except.Keys.Where(n => _names is { } known && !known.Fields.Contains(n)))
            Add("VLPS-004", $"$.except.{name}", $"there is no field '{name}'; {NearName.Hint(name, _names!.Fields)}");
        bool pairs = _model.Parts.Any(p => p.Part is PartKind.Pairs or PartKind.WeightedPairs);
        if (pairs && _model.Except.FirstOrDefault(e => e.Value.Dim is { } dim && dim != (_model.Fields.Dim ?? 16)) is { Key: not null } other)
            Add("VLPS-007", $"$.except.{other.Key}.dim", "pairs of fields need factors of one dimension");
    }

    private void Add(string code, string path, string message) => _problems.Add(new(code, path, message));
}
