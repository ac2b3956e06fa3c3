"""Pictures of scores: for the page of a report, and as PNG files beside scores.json.

They are drawn from the content of scores.json alone, so that models of others have them, too.
"""
