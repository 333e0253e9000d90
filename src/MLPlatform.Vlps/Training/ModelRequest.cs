using System.Text.Json;
using MLPlatform.Vlps.Batches;
using MLPlatform.Vlps.Declarations;
using MLPlatform.Vlps.Features;
using MLPlatform.Vlps.Models;

namespace MLPlatform.Vlps.Training;

/// <summary>What model a training is asked for: by name or declared in full, and the settings that are given beside it.</summary>
public sealed record ModelRequest
{
    /// <summary>A model's name.</summary>
    public string? Model { get; init; }

    /// <summary>In place of it, a model declared in full.</summary>
    public JsonElement? Declaration { get; init; }

    /// <summary>The name where neither is given. Default: lr.</summary>
    public string Default { get; init; } = "lr";

    /// <summary>Factors of each feature; the declaration may say it by field.</summary>
    public int? Dim { get; init; }

    /// <summary>Learning rate of rows.</summary>
    public double? LearningRate { get; init; }

    /// <summary>What Adagrad's sums of squares begin with.</summary>
    public double? FirstSquares { get; init; }

    /// <summary>Pull of weights towards 0.</summary>
    public double? L2 { get; init; }

    /// <summary>Which part of the negatives the samples kept.</summary>
    public double? NegativesKept { get; init; }

    /// <summary>Whether nothing is asked for.</summary>
    public bool IsSilent => this is { Model: null, Declaration: null, Dim: null, LearningRate: null, FirstSquares: null, L2: null, NegativesKept: null };

    /// <summary>The declared model over fitted features, which are its fields.</summary>
    /// <exception cref="VlpsException">What is asked for contradicts itself or has mistakes; of those of a declaration it has the first one's code.</exception>
    public ModelDeclaration Read(FeatureSpec spec)
    {
        if (Declaration is not null && Model is not null)
            throw new VlpsException(VlpsProblem.Option, "'model' and 'declaration' both say what the model is; leave one of them out");
        SampleNames fields = new([.. FieldEncoder.FieldsOf(spec).Fields.Select(f => f.Name)], []);
        ModelDeclaration declared = DeclarationReader.Read(Declaration ?? JsonSerializer.SerializeToElement(Model ?? Default), fields, out IReadOnlyList<DeclarationProblem> problems)
            ?? throw new VlpsException(problems[0].Code, $"the declared model has {(problems.Count == 1 ? "a mistake" : $"{problems.Count} mistakes")}: {string.Join("; ", problems.Select(p => $"{p.Path}: {p.Message}"))}");
        return Over(declared);
    }

    /// <summary>The declaration of the model to go on from, which what is asked for may repeat.</summary>
    /// <param name="folder">That model.</param>
    /// <param name="spec">Its features.</param>
    /// <exception cref="VlpsException">Another one is asked for.</exception>
    public ModelDeclaration ReadAfter(string folder, FeatureSpec spec)
    {
        ModelDeclaration before = ModelFolder.ReadDeclaration(folder);
        if (IsSilent)
            return before;
        ModelDeclaration asked = this is { Model: null, Declaration: null } ? Changing(before) : Read(spec);
        if (DeclarationReader.AreSame(asked, before))
            return before;
        throw new VlpsException(VlpsProblem.OtherModel,
            $"a training that goes on from a model has that model's declaration, and the inputs ask for another: {string.Join("; ", DeclarationReader.Differences(before, asked))}. Leave 'from' out to begin anew, or ask for what the model has");
    }

    // What is given beside a model says what it is to be: another value is told, and not passed over.
    private ModelDeclaration Changing(ModelDeclaration before)
    {
        IReadOnlyList<TaskDeclaration> tasks = NegativesKept is { } kept ? [before.TasksInFull[0] with { NegativesKept = kept }, .. before.TasksInFull.Skip(1)] : before.Tasks;
        return before with { Fields = Given.Over(before.Fields), Tasks = tasks };
    }

    private FieldDeclaration Given => new() { Dim = Dim, Rate = LearningRate, FirstSquares = FirstSquares, L2 = L2 };

    /// <summary>A declared model with the settings that are given beside it, where it says nothing else.</summary>
    public ModelDeclaration Over(ModelDeclaration declared)
    {
        declared = Thinned(declared with { Fields = declared.Fields.Over(Given) });
        return declared.HasTowers && declared.TasksInFull[0].NegativesKept != 1
            ? throw new VlpsException(VlpsProblem.Option, "towers learn from rows with label 1 alone, so 'negativesKept' means nothing for them; leave it out")
            : declared;
    }

    /// <summary>
    /// The settings beside the model that it never reads, in words. Not a mistake, since a pipeline may leave the model open, but
    /// who gives one expects something of it.
    /// </summary>
    public IEnumerable<string> Idle(ModelDeclaration declared)
    {
        string[] given = [.. Dim is null ? [] : new[] { "dim" }, .. FirstSquares is null ? [] : new[] { "firstSquares" }];
        return IdleSettings.Of(declared).Where(idle => idle.Place is ["fields", string name] && given.Contains(name)).Select(idle => $"'{idle.Place[^1]}' does nothing: {idle.Why}");
    }

    private ModelDeclaration Thinned(ModelDeclaration declared)
    {
        if (NegativesKept is not { } kept)
            return declared;
        IReadOnlyList<TaskDeclaration> tasks = declared.TasksInFull;
        return tasks.Any(t => t.NegativesKept != 1)
            ? throw new VlpsException(VlpsProblem.Option, "'negativesKept' and the declaration's tasks both say which part of the negatives was kept; leave one of them out")
            : declared with { Tasks = [tasks[0] with { NegativesKept = kept }, .. tasks.Skip(1)] };
    }

    /// <summary>The label of each task: the first has the training's, the others a column of 0 and 1 of their own.</summary>
    public static IReadOnlyList<LabelColumn> LabelsOf(ModelDeclaration declared, LabelColumn label) =>
        [.. declared.TasksInFull.Select((task, i) => i > 0 ? new LabelColumn(task.Label!, []) : task.Label is { } own ? label with { Column = own } : label)];
}
