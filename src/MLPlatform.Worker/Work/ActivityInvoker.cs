using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using MLPlatform.Core.Activities;

namespace MLPlatform.Worker.Work;

/// <summary>Runs one activity on JSON.</summary>
internal abstract class ActivityInvoker
{
    /// <summary>The outputs as JSON.</summary>
    /// <exception cref="ActivityException">The inputs do not fit, or the activity says why it failed.</exception>
    public abstract Task<byte[]> RunAsync(byte[] inputs, ActivityContext context, CancellationToken cancel);
}

internal sealed class ActivityInvoker<TInputs, TOutputs>(IActivity<TInputs, TOutputs> activity) : ActivityInvoker
    where TInputs : notnull
    where TOutputs : notnull
{
    public override async Task<byte[]> RunAsync(byte[] inputs, ActivityContext context, CancellationToken cancel)
    {
        TOutputs outputs = await activity.RunAsync(Read(inputs), context, cancel);
        return JsonSerializer.SerializeToUtf8Bytes(outputs, ActivityJson.Options);
    }

    private static TInputs Read(byte[] json)
    {
        TInputs? inputs;
        try
        {
            inputs = JsonSerializer.Deserialize<TInputs>(json, ActivityJson.Options);
        }
        catch (JsonException e)
        {
            throw new ActivityException("EXEC-030", $"the inputs do not fit the activity: {e.Message}", inner: e);
        }
        if (inputs is null)
            throw new ActivityException("EXEC-030", "the inputs are null; an object is wanted");
        var problems = new List<ValidationResult>();
        if (!Validator.TryValidateObject(inputs, new ValidationContext(inputs), problems, validateAllProperties: true))
            throw new ActivityException("EXEC-030", "the inputs do not fit the activity: " + string.Join(" ", problems.Select(Words)));
        return inputs;
    }

    // The input as a pipeline file names it.
    private static string Words(ValidationResult problem) => problem.MemberNames.FirstOrDefault() is { } name
        ? problem.ErrorMessage!.Replace(name, $"'{JsonNamingPolicy.CamelCase.ConvertName(name)}'", StringComparison.Ordinal) : problem.ErrorMessage!;
}
