using System.Text.Json;

namespace MLPlatform.Core.Activities;

/// <summary>An activity that knows more of its inputs than their types. Pure, and made without services.</summary>
public interface IChecksInputs
{
    /// <summary>What is wrong with inputs that stand in a file, as far as it can be told before a run.</summary>
    /// <param name="inputs">An object, as the file says it: with expressions, and with values that have another type than their input, which others tell.</param>
    /// <param name="source">Finds where an input comes from.</param>
    IEnumerable<InputProblem> Check(JsonElement inputs, OutputOf source);
}

/// <summary>The output that an input is; null where it is none, or not one alone, or the activity that gives it is not in the file.</summary>
/// <param name="input">The input, as the file says it.</param>
public delegate WrittenOutput? OutputOf(JsonElement input);

/// <summary>An output of an activity of the same file.</summary>
/// <param name="Type">The activity's type.</param>
/// <param name="Output">The output's name.</param>
/// <param name="Inputs">The activity's inputs, an object as the file says it; they may have mistakes.</param>
public sealed record WrittenOutput(string Type, string Output, JsonElement Inputs);

/// <summary>A mistake in inputs.</summary>
/// <param name="Code">Stable, and the one that the attempt would fail with.</param>
/// <param name="Path">Where, as a JSON path from the inputs on: <c>$.declaration.layers[0]</c>.</param>
/// <param name="Message">What is wrong, and the nearest right name where there is one.</param>
public sealed record InputProblem(string Code, string Path, string Message);
