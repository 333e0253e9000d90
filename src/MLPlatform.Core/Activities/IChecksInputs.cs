using System.Text.Json;

namespace MLPlatform.Core.Activities;

/// <summary>An activity that knows more of its inputs than their types. Pure, and made without services.</summary>
public interface IChecksInputs
{
    /// <summary>What is wrong with inputs that stand in a file, as far as it can be told before a run.</summary>
    /// <param name="inputs">As the file says them, expressions and all; each value has its type or is an expression.</param>
    IEnumerable<InputProblem> Check(JsonElement inputs);
}

/// <summary>A mistake in inputs.</summary>
/// <param name="Code">Stable, and the one that the attempt would fail with.</param>
/// <param name="Path">Where, as a JSON path from the inputs on: <c>$.declaration.layers[0]</c>.</param>
/// <param name="Message">What is wrong, and the nearest right name where there is one.</param>
public sealed record InputProblem(string Code, string Path, string Message);
