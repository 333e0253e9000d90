using System.Text.Json;
using MLPlatform.Activities.Tables;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Artifacts;
using MLPlatform.Core.Runs;
using MLPlatform.Core.Sweeps;

namespace MLPlatform.Activities.Sweeps;

/// <summary>What an ended sweep gives. The same trials give the same bytes.</summary>
public static class SweepResult
{
    /// <param name="Sweep">The sweep.</param>
    /// <param name="Best">The parameters of the best trial, by name.</param>
    /// <param name="Value">Its value.</param>
    /// <param name="Trial">Its number.</param>
    /// <param name="Run">Its run.</param>
    /// <param name="Trials">A row for each trial: trial, state, value, steps, seconds, because, run, and a column for each parameter.</param>
    /// <param name="Completed">Trials that gave a value.</param>
    /// <param name="Stopped">Trials that were stopped early.</param>
    /// <param name="Failed">Trials that failed.</param>
    public sealed record Outputs(Guid Sweep, JsonElement Best, double Value, int Trial, Guid Run, ArtifactRef Trials, int Completed, int Stopped, int Failed);

    /// <summary>The signal's payload: the outputs, or why there are none.</summary>
    internal sealed record Answer(Outputs? Outputs, Failure? Failure);

    /// <summary>Writes the table and gives the answer to the activity that waits.</summary>
    /// <param name="folder">An empty folder of the caller's.</param>
    public static async Task<JsonElement> WriteAsync(Sweep sweep, IReadOnlyList<Trial> trials, IArtifactStore artifacts, string folder, CancellationToken cancel)
    {
        SweepState.Ended ended = (SweepState.Ended)sweep.State;
        if (ended.End != SweepEnd.Completed || Ranking.Best(trials, sweep.Settings.Objective.Direction) is not { } best)
        {
            FailureKind kind = ended.End == SweepEnd.Stopped ? FailureKind.Cancelled : FailureKind.User;
            return JsonSerializer.SerializeToElement(new Answer(null, new Failure(kind, "SWEEP-013",
                $"The sweep {sweep.Id} gave no result: {ended.Because}. 'mlp sweeps show {sweep.Id}' lists its trials.")), ActivityJson.Options);
        }
        WriteTable(sweep, trials, folder);
        Outputs outputs = new(
            sweep.Id.Value, JsonSerializer.SerializeToElement(best.Parameters, ActivityJson.Options), Ranking.ValueOf(best)!.Value, best.Number, best.Run.Value,
            await artifacts.PutFolderAsync(folder, "table", cancel).ConfigureAwait(false),
            trials.Count(t => t.State is TrialState.Completed), trials.Count(t => t.State is TrialState.Stopped), trials.Count(t => t.State is TrialState.Failed));
        return JsonSerializer.SerializeToElement(new Answer(outputs, null), ActivityJson.Options);
    }

    private static void WriteTable(Sweep sweep, IReadOnlyList<Trial> trials, string folder)
    {
        string[] parameters = [.. trials.SelectMany(t => t.Parameters.Keys).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
        bool[] numeric = [.. parameters.Select(p => trials.All(t => !t.Parameters.TryGetValue(p, out JsonElement v) || v.ValueKind == JsonValueKind.Number))];
        List<TableColumn> columns =
        [
            new("trial", ColumnType.Int64), new("state", ColumnType.String), new("value", ColumnType.Double), new("steps", ColumnType.Int64),
            new("seconds", ColumnType.Double), new("because", ColumnType.String), new("run", ColumnType.String),
        ];
        int fixedColumns = columns.Count;
        for (int p = 0; p < parameters.Length; p++)
        {
            string name = columns.Any(c => c.Name == parameters[p]) ? "parameter_" + parameters[p] : parameters[p];
            columns.Add(new(name, numeric[p] ? ColumnType.Double : ColumnType.String));
        }
        using TableWriter writer = new(folder, [.. columns]);
        foreach (Trial trial in trials)
        {
            RowBuffer row = writer.RowsFor(null);
            (string state, string? because, DateTimeOffset? at) = trial.State switch
            {
                TrialState.Completed done => ("completed", null, done.At),
                TrialState.Stopped stopped => ("stopped", stopped.Because, stopped.At),
                TrialState.Failed failed => ("failed", failed.Because, failed.At),
                _ => ("running", (string?)null, (DateTimeOffset?)null),
            };
            row.Int64(0, trial.Number);
            row.Text(1, state);
            Put(row, 2, Ranking.ValueOf(trial));
            if (trial.Curve.Count > 0)
                row.Int64(3, trial.Curve[^1].Step);
            else
                row.Missing(3);
            Put(row, 4, (at - trial.CreatedAt)?.TotalSeconds);
            PutText(row, 5, because);
            row.Text(6, trial.Run.ToString());
            for (int p = 0; p < parameters.Length; p++)
            {
                if (!trial.Parameters.TryGetValue(parameters[p], out JsonElement value))
                    row.Missing(fixedColumns + p);
                else if (numeric[p])
                    row.Double(fixedColumns + p, value.GetDouble());
                else
                    row.Text(fixedColumns + p, value.ValueKind == JsonValueKind.String ? value.GetString()! : value.GetRawText());
            }
            writer.EndRow();
        }
        writer.Complete();
    }

    private static void Put(RowBuffer row, int column, double? value)
    {
        if (value is { } number)
            row.Double(column, number);
        else
            row.Missing(column);
    }

    private static void PutText(RowBuffer row, int column, string? value)
    {
        if (value is not null)
            row.Text(column, value);
        else
            row.Missing(column);
    }
}
