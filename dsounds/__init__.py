"""dsounds"""
