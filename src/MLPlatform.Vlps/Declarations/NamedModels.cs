namespace MLPlatform.Vlps.Declarations;

/// <summary>The parts and tasks of models that are known by name.</summary>
internal static class NamedModels
{
    /// <summary>The declaration with parts and tasks written out.</summary>
    public static ModelDeclaration Expand(ModelDeclaration declared)
    {
        IReadOnlyList<TaskDeclaration> tasks = declared.Tasks;
        if (tasks.Count == 0)
            tasks = declared.Model switch
            {
                ModelName.Esmm => [new() { Name = "click" }, new() { Name = "conversion", Label = "conversion", Given = "click" }],
                ModelName.TwoTower => [new() { Name = "match", Towers = ["left", "right"] }],
                _ => [new() { Name = "click" }],
            };
        IReadOnlyList<PartDeclaration> parts = declared.Parts.Count > 0 ? declared.Parts : declared.Model is { } name ? [.. PartsOf(name, declared, tasks)] : [];
        return declared with { Tasks = tasks, Parts = parts };
    }

    private static IEnumerable<PartDeclaration> PartsOf(ModelName name, ModelDeclaration declared, IReadOnlyList<TaskDeclaration> tasks)
    {
        var linear = new PartDeclaration { Part = PartKind.Linear };
        var perceptron = new PartDeclaration { Part = PartKind.Perceptron, Layers = declared.Layers };
        switch (name)
        {
            case ModelName.Lr:
                return [linear];
            case ModelName.Fm:
                return [linear, new() { Part = PartKind.Pairs }];
            case ModelName.Fwfm:
                return [linear, new() { Part = PartKind.WeightedPairs }];
            case ModelName.DeepFm:
                return [linear, new() { Part = PartKind.Pairs }, perceptron];
            case ModelName.DcnV2:
                return [linear, new() { Part = PartKind.Cross, CrossLayers = declared.CrossLayers }, perceptron];
            case ModelName.Esmm:
                return [.. tasks.SelectMany(t => new[]
                {
                    new PartDeclaration { Part = PartKind.Linear, Task = t.Name, Name = $"{t.Name}-linear" },
                    new PartDeclaration { Part = PartKind.Perceptron, Task = t.Name, Name = $"{t.Name}-perceptron", Layers = declared.Layers },
                })];
            default:
                return [];
        }
    }
}
